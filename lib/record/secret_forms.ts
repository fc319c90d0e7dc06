/**
 * The spellings under which a secret value can turn up in text: as it is, base64, URL-encoded, JSON-escaped.
 * Never decides what is secret.
 */

/** Values shorter than this, in characters, are too common to search for. */
export const MIN_SECRET_CHARS = 4;

/** Shortest piece of base64 text that is searched for on its own. */
const MIN_CORE_CHARS = 6;

/** Every spelling of a secret, longest first; none for values that are too short. */
export function secretForms(value: string): string[] {
  const forms = new Set<string>();
  for (const spelling of new Set([value, value.trim()])) {
    // URL encoders throw on lone surrogates, and no file can hold them.
    if (spelling.length >= MIN_SECRET_CHARS) addForms(forms, spelling.toWellFormed());
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

function addForms(forms: Set<string>, value: string): void {
  forms.add(value);
  for (const text of base64Forms(value)) {
    forms.add(text);
    forms.add(text.replaceAll("+", "-").replaceAll("/", "_"));
  }
  for (const text of urlForms(value)) {
    forms.add(text);
    forms.add(text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  }
  const escaped = jsonEscaped(value);
  for (const text of [escaped, asciiEscaped(escaped), escaped.replaceAll("/", "\\/")]) {
    forms.add(text);
    // JSON text inside a JSON string, as a component that passes a request on produces it.
    forms.add(jsonEscaped(text));
  }
}

/** Whole base64 texts, and the part of longer ones that only this value can produce. */
function base64Forms(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  const whole = base64(bytes);
  const forms = [whole, whole.replace(/=+$/, "")];
  // Inside a longer text (`user:password`) the value starts at any of three positions in a group of bytes.
  for (let shift = 0; shift < 3; shift++) {
    const shifted = new Uint8Array(shift + bytes.length);
    shifted.set(bytes, shift);
    const core = base64(shifted).slice(Math.ceil(shift * 8 / 6), Math.floor(shifted.length * 8 / 6));
    if (core.length >= MIN_CORE_CHARS) forms.push(core);
  }
  return forms;
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** As a query value, as a form field, and as part of a path. */
function urlForms(value: string): string[] {
  return [
    encodeURIComponent(value),
    new URLSearchParams([["", value]]).toString().slice(1),
    encodeURI(value),
  ];
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As encoders write JSON that keep to ASCII: one escape for each UTF-16 unit. */
function asciiEscaped(text: string): string {
  return Array.from({ length: text.length }, (_, i) => asciiUnit(text, i)).join("");
}

function asciiUnit(text: string, at: number): string {
  const code = text.charCodeAt(at);
  return code < 0x80 ? text.charAt(at) : `\\u${code.toString(16).padStart(4, "0")}`;
}
