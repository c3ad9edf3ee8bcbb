// Package lint reads the texts of a notice as a careful reviewer would: against
// the content rules of every place whose people get them, and against what no
// breach notice should do to people who are about to be phished.
//
// It is a pure function of values: texts, the people by place and language, the
// rules of those places, the facts and the approved hosts. It decides nothing
// in a person's stead. A clean lint is no legal approval.
//
// What a text says is looked for in three ways, the surer first: by merge
// fields, which are the same in every language; by headings, which say what a
// section is about; by words, which are those of the text's language. Each
// finding is one of three results: present, missing, or cannot tell. What is
// merely worded otherwise than our lists know is never called missing in a
// language other than English, unless structure decides.
//
// Severities: block (the text must change), ask (a person must say that it is
// so, by a tick), warn, note, and pass for what was looked for and found.
package lint
