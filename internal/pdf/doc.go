// Package pdf makes the pages that people sign and keep. A page is a pure
// function of what it is made of: the same plan gives the same bytes.
//
// It writes left to right, in the letters of its font (DejaVu Sans: Latin,
// Greek, Cyrillic, Armenian, Georgian). Every other character, and every sign
// that nobody sees, is written as its code point, such as [U+05D0]: nothing is
// replaced or dropped silently, and no text turns the page around.
package pdf
