// Package intake turns a file that somebody exported into rows, and rows into
// people.
//
// A file passes through these steps, each usable alone: Recognise refuses what
// is no delimited text; a Sniffer sees the bytes go by and proposes a Dialect;
// a Preview shows columns, sample rows, problems and a proposed Mapping, which
// a person confirms; a Reader then walks the whole file once and gives, for
// each row, either a Row or a Reject. Nothing is repaired silently: a row that
// is not certain is refused with its line, its column, a reason and its cells
// as they stood, and the rows around it are not touched.
//
// Rows become people by one rule (Group): one person for each address, with
// all rows behind it; the order of rows does not matter.
//
// Memory does not grow with the file: the longest thing held is one row.
package intake
