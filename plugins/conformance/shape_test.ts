import assert from "node:assert/strict";
import {
  validateDistroValue,
  validateRelease,
  validateReleases,
  validateRemoteImage,
} from "./shape.ts";

const SHA256 = "ab".repeat(32);
const FINGERPRINT = "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6";

const FACTS = {
  contract: 1,
  name: "void-like",
  title: "Void (like) Linux ä",
  aliases: ["void"],
  baseUrl: "https://example.org/images",
  hosts: ["cdn.example.org", "127.0.0.1:8080", "[::1]:8080"],
  guest: { minimumMemory: 1, shell: "/bin/ash", privilege: "doas", renameCard: false },
};

const RELEASE = {
  version: "24.04",
  codename: "noble",
  tags: ["lts"],
  endOfLife: "2028-02-29",
  arches: ["amd64", "arm64"],
  cpuLevel: 3,
};

const IMAGE = {
  url: "https://example.org/images/a-1.2+b~c_d.qcow2",
  format: "qcow2",
  compression: "xz",
  checksum: { algorithm: "sha256", digest: SHA256 },
  size: 5,
  build: "20261001-2618",
  signature: {
    signs: "checksums",
    list: "https://example.org/SUMS",
    detached: "https://example.org/SUMS.gpg",
    keys: [{ fingerprint: FINGERPRINT, url: "https://example.org/key?op=get&search=0x1" }],
  },
  firmware: "bios",
};

Deno.test("right values come back as they are, and what is left out stays out", () => {
  assert.deepEqual(validateDistroValue(FACTS), FACTS);
  assert.deepEqual(validateRelease(RELEASE), RELEASE);
  assert.deepEqual(validateRemoteImage(IMAGE), IMAGE);
  const { contract, name, title, baseUrl, hosts } = FACTS;
  const facts = { contract, name, title, baseUrl, hosts, guest: { minimumMemory: 0 } };
  assert.deepEqual(validateDistroValue(facts), facts);
  assert.deepEqual(validateRelease({ version: "1", arches: ["arm64"] }), {
    version: "1",
    arches: ["arm64"],
  });
  const { url, format } = IMAGE;
  const checksum = { algorithm: "sha512", digest: "c".repeat(128) };
  assert.deepEqual(validateRemoteImage({ url, format, checksum }), { url, format, checksum });
});

Deno.test("members that the contract does not have are dropped, deep inside too", () => {
  const evil = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "extra": 1}');
  assert.deepEqual(validateDistroValue({ ...evil, ...FACTS, releases: () => {} }), FACTS);
  const checksum = { ...evil, ...IMAGE.checksum };
  const image = validateRemoteImage({ ...evil, ...IMAGE, checksum });
  assert.deepEqual(image, IMAGE);
  assert.equal(Object.getPrototypeOf(image), Object.prototype);
  const signature = {
    signs: "image",
    detached: "https://example.org/a.sig",
    keys: [{ fingerprint: FINGERPRINT }],
  };
  const more = { ...IMAGE, signature: { ...signature, list: "https://example.org/SUMS" } };
  assert.deepEqual(validateRemoteImage(more).signature, signature);
});

Deno.test("inherited members are none", () => {
  assert.throws(() => validateRelease(Object.create(RELEASE)), /the release has no "version"/);
});

/** Each value with the member in question, and what is said about it. */
type Faults = readonly (readonly [member: object, error: RegExp])[];

function refusesEach(read: (value: unknown) => unknown, good: object, faults: Faults): void {
  read(good);
  for (const [member, error] of faults) {
    assert.throws(() => read({ ...good, ...member }), (thrown: Error) => {
      assert.match(thrown.message, error);
      assert.doesNotMatch(thrown.message, /[\p{Cc}\p{Cf}]/u);
      return true;
    }, Deno.inspect(member));
  }
}

Deno.test("what a distro may not say of itself is refused", () => {
  const url = /"baseUrl" is .*, and not an https URL without blanks/;
  refusesEach(validateDistroValue, FACTS, [
    [{ contract: 2 }, /^the distro: "contract" is 2, and not 1$/],
    [{ contract: "1" }, /"contract" is "1", and not 1$/],
    [{ contract: undefined }, /^the distro has no "contract"$/],
    [{ name: "" }, /"name" is "", and not a word of lower-case letters/],
    [{ name: "Debian" }, /"name" is "Debian"/],
    [{ name: "../etc" }, /"name" is "\.\.\/etc"/],
    [{ name: "a\u001b[31m" }, /"name" is "a\\u001b\[31m"/],
    [{ name: "a".repeat(33) }, /"name" has more than 32 characters/],
    [{ name: 5 }, /^the distro: "name" is no text$/],
    [{ title: "" }, /"title"/],
    [
      { title: "red \u001b[31m" },
      /"title" is "red \\u001b\[31m", and not text that can be printed/,
    ],
    [{ title: "two\nlines" }, /"title"/],
    [{ title: "a\u202eb" }, /"title" is "a\\u202eb"/],
    [{ title: "a\u2028b" }, /"title"/],
    [{ title: "a\u009bb" }, /"title"/],
    [{ aliases: ["ok", "Not OK"] }, /"aliases" 2 is "Not OK"/],
    [{ aliases: "void" }, /"aliases" is no list/],
    [{ baseUrl: "https://example.org/" }, /"baseUrl" ends with a slash/],
    [{ baseUrl: "https://example.org/a?b" }, /"baseUrl" has a query/],
    [{ baseUrl: "https://me:secret@example.org" }, /"baseUrl" holds a name or a password$/],
    [{ baseUrl: "file:///etc" }, url],
    [{ baseUrl: "javascript:alert(1)" }, url],
    [{ baseUrl: "https://exa mple.org" }, url],
    [{ baseUrl: "https://" }, url],
    [{ hosts: undefined }, /no "hosts"/],
    [{ hosts: ["https://example.org"] }, /"hosts" 1 is "https:\/\/example\.org", and not a host/],
    [{ hosts: ["*"] }, /"hosts" 1/],
    [{ hosts: ["example.org/path"] }, /"hosts" 1/],
    [{ hosts: ["me@example.org"] }, /"hosts" 1/],
    [{ hosts: Array(33).fill("a.example") }, /"hosts" has more than 32 items/],
    [{ guest: {} }, /"guest" has no "minimumMemory"/],
    [{ guest: [] }, /"guest" is no object/],
    [{ guest: { minimumMemory: "1" } }, /"minimumMemory" is "1", and not a number of bytes/],
    [{ guest: { minimumMemory: 1.5 } }, /"minimumMemory" is 1\.5/],
    [{ guest: { minimumMemory: NaN } }, /"minimumMemory" is NaN/],
    [{ guest: { minimumMemory: 1, shell: "sh; rm" } }, /"shell"/],
    [{ guest: { minimumMemory: 1, privilege: "su" } }, /"privilege" is "su", and not sudo or doas/],
    [{ guest: { minimumMemory: 1, renameCard: 0 } }, /"renameCard" is 0, and not true or false/],
  ]);
  for (const odd of [null, undefined, 1, "x", [], () => {}]) {
    assert.throws(() => validateDistroValue(odd), /^Error: the distro is no object$/);
  }
});

Deno.test("what a release may not be is refused", () => {
  refusesEach((value) => validateReleases([RELEASE, RELEASE, value]), RELEASE, [
    [{ version: 12 }, /^release 3: "version" is no text$/],
    [{ version: undefined }, /^release 3 has no "version"$/],
    [{ version: "44 Beta" }, /^release 3: "version" is "44 Beta", and not a word/],
    [{ version: "12/../.." }, /"version"/],
    [{ version: "1..2" }, /"version" is "1\.\.2", which has "\.\." in it/],
    [{ version: ".1" }, /"version"/],
    [{ version: "Rolling" }, /"version"/],
    [{ version: "1\n" }, /"version" is "1\\n"/],
    [{ version: "amd64" }, /"version" is "amd64", which stands for an architecture/],
    [{ codename: "a:b" }, /"codename"/],
    [{ codename: null }, /"codename" is no text/],
    [{ tags: ["stable", "x\u001b]0;"] }, /"tags" 2 is "x\\u001b\]0;"/],
    [{ tags: ["x".repeat(65)] }, /"tags" 1 has more than 64/],
    [{ endOfLife: "2027" }, /"endOfLife" is "2027", and not a date/],
    [{ endOfLife: "2027-02-29" }, /which is no day of the calendar/],
    [{ endOfLife: "2027-13-01" }, /which is no day of the calendar/],
    [{ arches: [] }, /"arches" is empty/],
    [{ arches: ["x86_64"] }, /"arches" 1 is "x86_64", and not amd64 or arm64/],
    [{ arches: ["amd64", "amd64"] }, /"arches" names an architecture twice/],
    [{ cpuLevel: 4 }, /"cpuLevel" is 4, and not 1 or 2 or 3/],
  ]);
  assert.throws(() => validateReleases({ length: 1 }), /releases\(\) is no list/);
  assert.throws(() => validateReleases(Array(1001).fill(RELEASE)), /more than 1000/);
  assert.throws(() => validateReleases(Array(1)), /release 1 is no object/);
});

Deno.test("what an image may not be is refused", () => {
  const { checksum, signature } = IMAGE;
  const key = signature.keys[0];
  refusesEach(validateRemoteImage, IMAGE, [
    [
      { url: "file:///etc/passwd" },
      /^the image: "url" is "file:\/\/\/etc\/passwd", and not an https/,
    ],
    [{ url: "ftp://example.org/a" }, /"url"/],
    [{ url: "https://me@example.org/a" }, /"url" holds a name/],
    [{ url: "https://example.org/a/../b" }, /"url" is .* not the plain path of a file/],
    [{ url: "https://example.org/a/%2E%2e/b" }, /not the plain path/],
    [{ url: "https://example.org/a#b" }, /not the plain path/],
    [{ url: "https://example.org/a\u001b[2J" }, /"url" is "https:\/\/example\.org\/a\\u001b\[2J"/],
    [{ url: "https://example.org/a\\b" }, /"url"/],
    [{ url: "https://example.org/".padEnd(2049, "a") }, /"url" has more than 2048/],
    [{ format: "vmdk" }, /"format" is "vmdk", and not qcow2 or raw/],
    [{ compression: "bzip2" }, /"compression"/],
    [{ checksum: undefined }, /^the image has no "checksum"$/],
    [{ checksum: { ...checksum, algorithm: "md5" } }, /"checksum": "algorithm" is "md5"/],
    [{ checksum: { ...checksum, algorithm: "sha512" } }, /"digest" is .* not the 128 lower-case/],
    [{ checksum: { ...checksum, digest: SHA256.slice(1) } }, /not the 64 lower-case/],
    [{ checksum: { ...checksum, digest: SHA256.toUpperCase() } }, /not the 64 lower-case/],
    [{ checksum: { ...checksum, digest: `${SHA256.slice(1)}g` } }, /"digest"/],
    [{ checksum: { ...checksum, digest: "" } }, /"digest"/],
    [{ checksum: SHA256 }, /"checksum" is no object/],
    [{ size: -1 }, /"size" is -1/],
    [{ size: "5" }, /"size" is "5"/],
    [{ size: Infinity }, /"size"/],
    [{ build: "a\tb" }, /"build"/],
    [{ firmware: "efi" }, /"firmware"/],
    [{ signature: { ...signature, signs: "all" } }, /"signs" is "all"/],
    [{ signature: { ...signature, list: undefined } }, /"signature" has no "list"/],
    [{ signature: { ...signature, list: "http//x" } }, /"list"/],
    [{ signature: { signs: "image", keys: signature.keys } }, /has no "detached"/],
    [{ signature: { ...signature, keys: [] } }, /"keys" is empty/],
    [{ signature: { ...signature, keys: [{}] } }, /"keys" 1 has no "fingerprint"/],
    [
      { signature: { ...signature, keys: [{ ...key, fingerprint: FINGERPRINT.toLowerCase() }] } },
      /"fingerprint" is .* 40 hexadecimal digits in upper case/,
    ],
    [
      { signature: { ...signature, keys: [{ ...key, fingerprint: FINGERPRINT.slice(8) }] } },
      /"fingerprint"/,
    ],
    [{ signature: { ...signature, keys: [{ ...key, url: "file:///key" }] } }, /"keys" 1: "url"/],
  ]);
});

Deno.test("no value makes a reader fail otherwise than with a sentence", () => {
  const odd = [null, undefined, 0, -1, NaN, 1n, Symbol("x"), "", "\u0000", [], [[]], {}, () => {}];
  const readers = [
    [validateDistroValue, FACTS],
    [validateRelease, RELEASE],
    [validateRemoteImage, IMAGE],
  ] as const;
  for (const [read, good] of readers) {
    for (const member of Object.keys(good)) {
      for (const value of odd) {
        try {
          read({ ...good, [member]: value });
        } catch (error) {
          assert.match(String(error), /^Error: the (?:distro|release|image)\b/);
        }
      }
    }
  }
});
