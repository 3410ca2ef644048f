/**
 * The first code inside the virtual machine. It runs before the plugin and keeps the intrinsics it needs, so that a
 * plugin which changes JSON or a prototype confuses nobody but itself. Whatever it does, a text comes out, and that
 * text is checked outside.
 */

/** Evaluates to `(load, fetchText, call) => Promise<"+" + JSON of the answer | "-" + JSON of the error>`. */
export const GUARD = `(function () {
  "use strict";
  const { parse, stringify } = JSON;
  const { freeze } = Object;
  const text = String;

  const describe = (error) => {
    try {
      const isObject = typeof error === "object" && error !== null;
      return "-" + stringify({
        message: text(isObject && "message" in error ? error.message : error),
        stack: isObject && "stack" in error ? text(error.stack) : "",
      });
    } catch {
      return '-{"message":"it threw something that cannot be shown","stack":""}';
    }
  };

  const readFacts = (distro) => {
    for (const name of ["releases", "image"]) {
      if (typeof distro[name] !== "function") {
        throw new TypeError("its default export has no function \\"" + name + "\\"");
      }
    }
    const { contract, name, title, aliases, baseUrl, hosts, guest } = distro;
    return { contract, name, title, aliases, baseUrl, hosts, guest };
  };

  const ask = async (distro, call, hostFetch) => {
    if (call.name === "facts") return readFacts(distro);
    const ctx = freeze({ baseUrl: call.baseUrl, fetchText: async (url) => hostFetch(url) });
    return call.name === "releases" ? distro.releases(ctx) : distro.image(ctx, call.request);
  };

  return async (load, hostFetch, call) => {
    try {
      const { default: distro } = await load();
      if (typeof distro !== "object" || distro === null) {
        throw new TypeError("it has no default export that is a distro");
      }
      const answer = stringify(await ask(distro, parse(call), hostFetch));
      if (typeof answer !== "string") throw new TypeError("its answer is no data");
      return "+" + answer;
    } catch (error) {
      return describe(error);
    }
  };
})()`;
