// Files of text that are part of the page.

declare module "*.txt" {
  const text: string;
  export default text;
}
