// A built page in a real browser, outside of the editor: the same document and content policy, colours of one of
// the editor's themes, and an editor API that records what the page says.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser, type Page } from 'playwright-core'
import type { FromExperiments, ToExperiments } from '../../src/core/experiments/experimentsPage'
import type { FromPage, ToPage } from '../../src/core/jobs/jobPage'

export const browserPath = '/usr/bin/chromium'

export type Theme = 'dark' | 'light' | 'high-contrast'

/** What VS Code sets in its own themes, as far as the page uses it. */
const themes: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  dark: {
    foreground: '#cccccc',
    descriptionForeground: '#9d9d9d',
    errorForeground: '#f85149',
    focusBorder: '#0078d4',
    'editor-background': '#1f1f1f',
    'input-background': '#313131',
    'list-hoverBackground': '#2a2d2e',
    'list-inactiveSelectionBackground': '#37373d',
    'editorWidget-background': '#202020',
    'button-background': '#0078d4',
    'button-foreground': '#ffffff',
    'button-hoverBackground': '#026ec1',
    'button-secondaryBackground': '#313131',
    'button-secondaryForeground': '#cccccc',
    'textCodeBlock-background': '#2b2b2b',
    'widget-border': '#313131',
    'testing-iconPassed': '#73c991',
    'charts-blue': '#59a4f9',
    'charts-orange': '#d18616',
    'charts-green': '#89d185',
    'charts-red': '#f14c4c',
    'charts-purple': '#b180d7',
    'charts-yellow': '#cca700',
  },
  light: {
    foreground: '#3b3b3b',
    descriptionForeground: '#3b3b3b',
    errorForeground: '#d1242f',
    focusBorder: '#005fb8',
    'editor-background': '#ffffff',
    'input-background': '#ffffff',
    'input-border': '#cecece',
    'list-hoverBackground': '#f2f2f2',
    'list-inactiveSelectionBackground': '#e4e6f1',
    'editorWidget-background': '#f8f8f8',
    'button-background': '#005fb8',
    'button-foreground': '#ffffff',
    'button-hoverBackground': '#0258a8',
    'button-secondaryBackground': '#e5e5e5',
    'button-secondaryForeground': '#3b3b3b',
    'textCodeBlock-background': '#f8f8f8',
    'widget-border': '#e5e5e5',
    'testing-iconPassed': '#388a34',
    'charts-blue': '#1a85ff',
    'charts-orange': '#d18616',
    'charts-green': '#388a34',
    'charts-red': '#e51400',
    'charts-purple': '#652d90',
    'charts-yellow': '#bf8803',
  },
  'high-contrast': {
    foreground: '#ffffff',
    descriptionForeground: '#ffffff',
    errorForeground: '#f48771',
    focusBorder: '#f38518',
    contrastBorder: '#6fc3df',
    'editor-background': '#000000',
    'button-foreground': '#ffffff',
    'button-border': '#6fc3df',
    'button-secondaryForeground': '#ffffff',
    'widget-border': '#6fc3df',
    'testing-iconPassed': '#73c991',
    'charts-blue': '#59a4f9',
    'charts-orange': '#d18616',
    'charts-green': '#89d185',
    'charts-red': '#f48771',
    'charts-purple': '#b180d7',
    'charts-yellow': '#cca700',
  },
}

export interface OpenedPage {
  readonly page: Page
  readonly send: (messages: readonly (ToPage | ToExperiments)[]) => Promise<void>
  /** What the page has said to the editor. */
  readonly said: () => Promise<readonly (FromPage | FromExperiments)[]>
  readonly state: () => Promise<unknown>
  /** Errors and breaches of the content policy since it was opened, in words. */
  readonly troubles: readonly string[]
  readonly setTheme: (theme: Theme) => Promise<void>
}

/** As Chromium writes it, as far as it is read; durations are in µs. */
interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Of the processor, not of the clock. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

export class Pages {
  private constructor(
    private readonly browser: Browser,
    private readonly server: http.Server,
  ) {}

  static async launch(): Promise<Pages> {
    const browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    })
    const server = http.createServer((request, response) => {
      const name = path.basename(request.url ?? '')
      if (/^(?:jobDetails|experiments)\.(?:js|css)$/.test(name)) {
        response.setHeader('content-type', name.endsWith('.js') ? 'text/javascript' : 'text/css')
        response.end(fs.readFileSync(path.join('dist/webview', name)))
      } else if (name === 'favicon.ico') response.writeHead(204).end()
      else {
        response.setHeader('content-type', 'text/html')
        response.end(html(name))
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Pages(browser, server)
  }

  /** `kept`: the state that an earlier page has left. */
  async open(
    theme: Theme,
    width = 900,
    kept: unknown = null,
    name: 'jobDetails' | 'experiments' = 'jobDetails',
  ): Promise<OpenedPage> {
    const page = await this.browser.newPage({ viewport: { width, height: 1000 }, reducedMotion: 'reduce' })
    const troubles: string[] = []
    page.on('pageerror', (error) => troubles.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text())
    })
    // In words of the browser: these tests know nothing of its types.
    await page.addInitScript(`(${fakeEditor})(${JSON.stringify(kept)})`)
    const { port } = this.server.address() as AddressInfo
    await page.goto(`http://127.0.0.1:${port}/${name}`)
    const setTheme = async (next: Theme): Promise<void> => {
      const css = Object.entries({ ...fonts, ...themes[next] }).map(([name, value]) => `--vscode-${name}: ${value}`)
      await page.evaluate(`document.documentElement.style.cssText = ${JSON.stringify(css.join(';'))}`)
      await page.evaluate(`document.body.className = 'vscode-${next}'`)
    }
    await setTheme(theme)
    return {
      page,
      troubles,
      setTheme,
      send: async (messages) => {
        await page.evaluate(`dispatchEvent(new MessageEvent('message', { data: ${JSON.stringify(messages)} }))`)
      },
      said: () => page.evaluate('editorRecord.said'),
      state: () => page.evaluate('editorRecord.state'),
    }
  }

  /**
   * The longest task of the page's main thread while `act` goes on, in ms of processor time: what it would take on a machine that
   * does nothing else.
   */
  async longestTaskMs({ page }: OpenedPage, act: () => Promise<void>): Promise<number> {
    await this.browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
    let trace: Buffer
    try {
      await act()
    } finally {
      trace = await this.browser.stopTracing()
    }
    const { traceEvents } = JSON.parse(trace.toString('utf8')) as { readonly traceEvents: readonly TraceEvent[] }
    const main = new Set(
      traceEvents
        .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
        .map(({ pid, tid }) => `${pid} ${tid}`),
    )
    const tasks = traceEvents.filter(
      ({ name, pid, tid, tdur }) => name === 'RunTask' && tdur !== undefined && main.has(`${pid} ${tid}`),
    )
    if (tasks.length === 0) throw new Error('The trace has no tasks of the page.')
    return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000
  }

  async close(): Promise<void> {
    await this.browser.close()
    this.server.close()
  }
}

const fonts = {
  'font-family': 'sans-serif',
  'font-size': '13px',
  'editor-font-family': 'monospace',
  'editor-font-size': '13px',
}

const fakeEditor = `(kept) => {
  window.editorRecord = { said: [], state: kept ?? undefined }
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => editorRecord.said.push(message),
    getState: () => editorRecord.state,
    setState: (state) => { editorRecord.state = state },
  })
}`

const html = (name: string) => `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'nonce-abc'" />
    <meta name="viewport" content="width=device-width" />
    <title>${name}</title>
    <link rel="stylesheet" href="${name}.css" />
  </head>
  <body>
    <script nonce="abc" src="${name}.js"></script>
  </body>
</html>`
