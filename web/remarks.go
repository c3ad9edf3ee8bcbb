package web

import (
	"net/url"
	"strconv"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// remark is one comment as a page shows it.
type remark struct {
	Body, Who string
	At        views.When
	Where     *views.Link // its paragraph, or that it is about all of it; nil beside its paragraph
	Resolve   string      // where the reader can resolve it
	Version   string      // the version that is looked at
	Resolved  string      // by whom and when, if it is
}

// remarker shows comments on a version to a reader.
type remarker struct {
	*visit
	names staffNames
	o     notice.Version
	texts []notice.Source
	may   bool // the incident takes comments, and the reader may make some
}

func (v *visit) remarker(o notice.Version, s overview.Standing) (remarker, error) {
	names, err := v.people()
	return remarker{v, names, o, o.Document.Texts(), v.mayIn(access.WriteNotices, s)}, err
}

// remark shows one comment; where says its place.
func (r remarker) remark(c notice.Comment, where *views.Link) remark {
	out := remark{Body: c.Body, Who: r.names.of(c.By), At: r.when(c.At), Where: where, Version: r.o.ID.String()}
	if r.may && c.MayResolve(r.actor()) == nil {
		out.Resolve = "/comments/" + c.ID.String() + "/resolve"
	}
	if c.Resolved != nil {
		out.Resolved = phrase.Say("comment_resolved_by", map[string]any{"who": r.names.of(c.Resolved.By), "time": r.when(c.Resolved.At).Text})
	}
	return out
}

// where leads to what a comment is about: in this version, or in the one that it was
// made on when its paragraph was changed since.
func (r remarker) where(c notice.Comment) *views.Link {
	switch {
	case c.Anchor == nil && c.Version == r.o.ID:
		return &views.Link{Text: phrase.Say("comment_of_all", nil), URL: versionURL(r.o.ID) + "#comments"}
	case c.Anchor == nil:
		return &views.Link{Text: phrase.Say("comment_of_earlier", map[string]any{"version": versionName(c.No)}), URL: versionURL(c.Version) + "#comments"}
	case c.Here == nil:
		return &views.Link{Text: phrase.Say("comment_changed", map[string]any{"version": versionName(c.No), "line": c.Anchor.Line}), URL: paragraphURL(c.Version, c.Anchor.Spot)}
	}
	s := r.texts[c.Here.Variant]
	return &views.Link{Text: phrase.Say("comment_at", map[string]any{"text": textName(s.Locale, s.Jurisdictions), "line": c.Here.Line}), URL: paragraphURL(r.o.ID, *c.Here)}
}

// listed shows comments with their places.
func (r remarker) listed(all []notice.Comment) (rows []remark) {
	for _, c := range all {
		rows = append(rows, r.remark(c, r.where(c)))
	}
	return rows
}

// paragraphURL leads to a paragraph on the page of a version.
func paragraphURL(no id.Version, at notice.Spot) string {
	return versionURL(no) + "?variant=" + strconv.Itoa(at.Variant) + "#p-" + strconv.Itoa(at.Line)
}

// commentURL leads to the form for a comment on a paragraph.
func commentURL(no id.Version, at notice.Spot) string {
	return versionURL(no) + "/comment?" + url.Values{"variant": {strconv.Itoa(at.Variant)}, "line": {strconv.Itoa(at.Line)}}.Encode()
}

// openRemarks says how many comments are open.
func openRemarks(n int) string {
	if n == 0 {
		return phrase.Say("comments_none_open", nil)
	}
	return phrase.Say("comments_open", map[string]any{"count": n})
}
