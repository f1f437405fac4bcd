/** The npm package `punycode` ships no types; named by file because Node has a deprecated module of the same name. */
declare module 'punycode/punycode.js' {
  const punycode: { toASCII(domain: string): string };
  export default punycode;
}
