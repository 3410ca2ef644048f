import assert from "node:assert/strict";
import { type Answer, type Asked, readAnswer } from "./answer.ts";

const KNOWN = { validator: '"a"', total: 1000 };
const FROM_300: Asked = { start: 300, end: undefined };

function read(
  status: number,
  headers: Record<string, string>,
  asked: Asked = FROM_300,
  known: Parameters<typeof readAnswer>[2] = KNOWN,
): Answer {
  return readAnswer({ status, headers: new Headers(headers) }, asked, known);
}

const part = (contentRange: string, etag = '"a"'): Answer =>
  read(206, { etag, "content-range": contentRange });

Deno.test("the part that was asked for continues the file", () => {
  assert.deepEqual(part("bytes 300-999/1000"), {
    kind: "body",
    from: 300,
    identity: KNOWN,
    same: true,
    ranges: true,
  });
  assert.equal(part("bytes 300-499/1000").kind, "body");
  assert.equal(part("bytes 300-499/*").kind, "body");
});

Deno.test("a part of another place, length, version or of none is useless", () => {
  const wrong = ["bytes 0-999/1000", "bytes 300-1000/1000", "bytes 300-200/1000", "300-999/1000"];
  for (const range of [...wrong, "bytes 300-999/2000", "bytes 300-999", "bytes=300-999/1000", ""]) {
    assert.equal(part(range).kind, "useless", range);
  }
  assert.equal(part("bytes 300-999/1000", '"b"').kind, "useless");
  const unasked = readAnswer(
    { status: 206, headers: new Headers({ "content-range": "bytes 0-999/1000" }) },
    undefined,
    KNOWN,
  );
  assert.equal(unasked.kind, "useless");
});

Deno.test("all of the file is the same one only under the same validator and length", () => {
  const same = (headers: Record<string, string>, known = KNOWN): boolean => {
    const answer = read(200, headers, FROM_300, known);
    return answer.kind === "body" && answer.same;
  };
  assert(same({ etag: '"a"', "content-length": "1000" }));
  assert(same({ etag: '"a"' }));
  assert(!same({ etag: '"b"', "content-length": "1000" }));
  assert(!same({ etag: '"a"', "content-length": "1001" }));
  assert(!same({ "content-length": "1000" }));
  assert(!same({ etag: 'W/"a"', "content-length": "1000" }));
  const date = "Mon, 01 Jun 2026 10:00:00 GMT";
  assert(same({ etag: 'W/"a"', "last-modified": date }, { validator: date, total: 1000 }));
});

Deno.test("ranges are there when the server says so and can tell versions apart", () => {
  const ranges = (headers: Record<string, string>): boolean => {
    const answer = read(200, headers, undefined);
    return answer.kind === "body" && answer.ranges;
  };
  const all = { etag: '"a"', "content-length": "1000", "accept-ranges": "bytes" };
  assert(ranges(all));
  assert(!ranges({ ...all, "accept-ranges": "none" }));
  assert(!ranges({ ...all, etag: 'W/"a"' }));
  assert(!ranges({ etag: '"a"', "accept-ranges": "bytes" }));
});

Deno.test("a web page is no image; 416 ends a file that is whole", () => {
  assert.equal(read(200, { "content-type": "text/html; charset=utf-8" }).kind, "page");
  assert.equal(read(416, { "content-range": "bytes */300" }).kind, "complete");
  assert.equal(read(416, { "content-range": "bytes */299" }).kind, "useless");
  assert.equal(read(416, {}).kind, "useless");
});
