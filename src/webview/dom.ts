// Elements, made without markup: whatever a text says, it is shown and never read as HTML.

/** What a page may keep over its unloading. */
export type Child = Node | string | null

/** An element with attributes (`class`, `aria-label`, …) and children; a null child is none. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  element.append(...children.filter((child) => child !== null))
  return element
}

const shown = new WeakMap<Element, string>()

/**
 * Makes the children of `parent` those that `render` gives for the items. What has not changed stays the element it was, so
 * that a selection or the focus in it survives.
 */
export function syncChildren<Item>(parent: Element, items: readonly Item[], render: (item: Item) => Element): void {
  items.forEach((item, index) => {
    const text = JSON.stringify(item)
    const there = parent.children[index]
    if (there !== undefined && shown.get(there) === text) return
    const element = render(item)
    shown.set(element, text)
    if (there === undefined) parent.append(element)
    else there.replaceWith(element)
  })
  while (parent.children.length > items.length) parent.lastElementChild?.remove()
}

/** Sets a text only if it is another. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** A part of the page under a heading of its own. */
export function section(name: string, title: string, ...children: readonly Child[]): HTMLElement {
  const heading = el('h2', { id: `${name}-title` }, title)
  return el('section', { class: name, 'aria-labelledby': heading.id }, heading, ...children)
}
