/** How many columns a text takes; banger's help is plain ASCII. Stands in for string-width: see build.mjs. */
export default (text) => text.length;
