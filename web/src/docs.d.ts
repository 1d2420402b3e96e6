// What the build makes of docs/ (docs.mjs).
declare module 'docs:' {
  export type DocNode = string | [tag: string, attributes: Record<string, string | number>, ...children: DocNode[]];
  const documents: {name: string; title: string; load: () => Promise<{default: DocNode}>}[];
  export default documents;
}
