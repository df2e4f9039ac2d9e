// Styles are bundled beside the script of their page.
declare module '*.css'
