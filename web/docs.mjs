// The documents of docs/ for the page: markdown becomes a tree of [tag, attributes, ...children],
// which the page turns into elements, so that no HTML is ever built from text.
import markdownIt from 'markdown-it';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const markdown = markdownIt({html: false, linkify: false});

// As GitHub names headings, so that one link works in both places.
const slug = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-');

// Links between documents lead to their pages; those into the repository have nowhere to lead.
function address(href, documents) {
  const [, name, hash = ''] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? [];
  if (name) return documents.includes(name) ? `/docs/${name}${hash}` : null;
  return /^(https?:|#|\/)/.test(href) ? href : null;
}

const voidTokens = {
  text: (token) => token.content,
  softbreak: () => ' ',
  hardbreak: () => ['br', {}],
  hr: () => ['hr', {}],
  code_inline: (token) => ['code', {}, token.content],
  code_block: (token) => ['pre', {tabIndex: 0}, ['code', {}, token.content]],
  fence: (token) => ['pre', {tabIndex: 0}, ['code', {}, token.content]],
};

function open(token, {documents}) {
  const attributes = {};
  if (token.tag === 'a') {
    const href = address(token.attrGet('href'), documents);
    if (!href) return ['span', {}];
    attributes.href = href;
    if (/^https?:/.test(href)) Object.assign(attributes, {target: '_blank', rel: 'noreferrer'});
  }
  const align = /text-align:(\w+)/.exec(token.attrGet('style') ?? '')?.[1];
  if (align) attributes.class = align;
  return [token.tag, attributes];
}

function image(token, {images}) {
  // `loading` before `src`: the order in which the page sets them.
  return ['img', {loading: 'lazy', alt: token.content, ...images(token.attrGet('src'))}];
}

function tree(tokens, from) {
  const root = ['article', {class: 'doc'}], path = [root];
  for (const token of tokens) {
    const top = path.at(-1);
    if (token.type === 'inline') top.push(...tree(token.children, from).slice(2));
    else if (token.type === 'image') top.push(image(token, from));
    else if (token.hidden) continue;
    else if (voidTokens[token.type]) top.push(voidTokens[token.type](token));
    else if (token.nesting === 1) { const node = open(token, from); top.push(node); path.push(node); }
    else if (token.nesting === -1) path.pop();
    else throw new Error(`no element for markdown's ${token.type}`);
  }
  return root;
}

const plain = (node) => (typeof node === 'string' ? node : node.slice(2).map(plain).join(''));

function nameHeadings(root) {
  for (const node of root.slice(2)) {
    if (/^h\d$/.test(node[0])) node[1].id = slug(plain(node));
    if (node[0] === 'table') Object.assign(node, ['div', {class: 'doc-table', tabIndex: 0, role: 'group', 'aria-label': 'Table'}, [...node]]).splice(3);
  }
  return root;
}

// images(path): the src, width and height of a picture of docs/, so that nothing moves when it comes.
export function documents(folder, images) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md')).map((name) => name.slice(0, -3)).sort();
  return names.map((name) => {
    const root = nameHeadings(tree(markdown.parse(readFileSync(join(folder, `${name}.md`), 'utf8'), {}), {documents: names, images}));
    const title = plain(root.find((node) => node[0] === 'h1') ?? ['', {}, name]);
    return {name, title, root};
  });
}
