// Package spreadsheet reads XLSX workbooks (ECMA-376, ISO/IEC 29500, also in
// its strict form) in a child process that can do nothing else.
//
// Books starts the program once more, without arguments of ours, environment or
// files, and hands it the workbook's bytes over a pipe; nothing touches a disk.
// Before it looks at a single byte the child gives up files, sockets, other
// programs, and memory and processor time beyond a bound (see confine). Then it
// lists the sheets and sends rows, in frames that Books takes apart as if an
// enemy had written them. A child that says nothing for ten seconds, that was
// waited for over two minutes in all, or that takes too much memory is killed,
// and the file is refused with a sentence.
//
// Formulas are never calculated: the value that was stored with them counts.
// What a cell becomes is written down in docs/decisions/0043-workbooks.md.
package spreadsheet
