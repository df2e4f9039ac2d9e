// A reader of Markdown that comes with vsce: what the tests need of it.
declare module 'markdown-it' {
  export default class MarkdownIt {
    constructor(options: { readonly html: boolean; readonly linkify: boolean })
    render(markdown: string): string
  }
}
