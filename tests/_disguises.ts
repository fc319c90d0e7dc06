/** The spellings under which a secret could leave a run, made without the code that hides them, and the search for them. */

import { assertEquals } from "@std/assert";

/** A text as encoders of one byte order give it. */
function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function forUrls(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function lowerHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** A secret by the ways in which a guest can write it. */
export function disguises(secret: string): Record<string, string> {
  const whole = base64(secret), url = encodeURIComponent(secret);
  return {
    plain: secret,
    base64: whole,
    unpadded: whole.replace(/=+$/, ""),
    base64url: forUrls(whole),
    base64urlUnpadded: forUrls(whole).replace(/=+$/, ""),
    basic: base64(`user:${secret}`),
    basicUrl: forUrls(base64(`user:${secret}`)),
    basicBefore: base64(`me:${secret}:and more`),
    basicAfter: base64(`x${secret}`),
    url,
    urlLower: lowerHex(url),
    form: new URLSearchParams({ q: secret }).toString(),
    json: escaped(secret),
    twice: escaped(escaped(secret)),
    document: JSON.stringify({ auth: secret }),
  };
}

/** What base64 makes of a secret wherever it stands between other bytes: what three neighbourhoods have in common. */
function cores(secret: string): string[] {
  return ["", "x", "xy"].map((before) => {
    const [one, other] = [0, 255].map((byte) => {
      const around = new Uint8Array(3).fill(byte);
      const text = new TextEncoder().encode(secret);
      return new Uint8Array([...around.subarray(0, before.length), ...text, ...around]).toBase64();
    }) as [string, string];
    const same = [...one].map((sign, i) => sign === other[i] ? sign : " ").join("");
    return same.split(" ").sort((a, b) => b.length - a.length)[0]!;
  });
}

/** Every text whose presence gives the secret away, also within JSON and within JSON in JSON. */
function tells(secret: string): [form: string, text: string][] {
  const { plain, url, urlLower, form, base64: whole } = disguises(secret);
  const texts: [string, string][] = [
    ["plain", plain!],
    ["url", url!],
    ["urlLower", urlLower!],
    ["form", form!.slice(2)],
    ["base64", whole!.replace(/=+$/, "")],
    ...cores(secret).map((core, i): [string, string] => [`base64 after ${i}`, core]),
  ];
  return texts.flatMap(([name, text]) =>
    [text, forUrls(text), escaped(text), escaped(escaped(text)), escaped(escaped(escaped(text)))].map((
      spelt,
    ): [string, string] => [name, spelt])
  );
}

/** Everything that a run left, by what it is: files by their path, what was printed, what was told. */
export type Remains = Map<string, string>;

/** Where a secret is found in what a run left, each with the form and some text before it. */
export function leaks(secret: string, remains: Remains): string[] {
  return [...remains].flatMap(([place, text]) =>
    [...new Map(tells(secret).map(([form, spelt]) => [spelt, form]))].flatMap(([spelt, form]) => {
      const at = text.indexOf(spelt);
      return at < 0
        ? []
        : [`${place}: ${form}, behind ${JSON.stringify(text.slice(Math.max(0, at - 150), at))}`];
    })
  );
}

/** Checks that a secret is nowhere in what a run left. */
export function assertHidden(secret: string, remains: Remains): void {
  assertEquals(leaks(secret, remains), []);
}

/** Every file below a folder by its path there, each byte one character and as UTF-8 after it. */
export async function filesBelow(folder: string, name: string): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`, place = `${name}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesBelow(path, place));
    else files.push([place, `${place}\n${new TextDecoder().decode(await Deno.readFile(path))}`]);
  }
  return files;
}
