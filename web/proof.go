package web

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
)

// proofRow is a frozen cohort that has a person, with where the proof of it is.
type proofRow struct {
	Cohort, File, URL string
	Root              canon.Hash
}

// proofRows are the frozen cohorts that have a person.
func (v *visit) proofRows(r cohort.Recipient) ([]proofRow, error) {
	var rows []proofRow
	for _, no := range r.MemberOf {
		c, err := v.Cohorts.Get(v.UserContext(), v.actor(), no)
		if err != nil {
			return nil, err
		}
		rows = append(rows, proofRow{c.Name, proofFile(no, r.ID), cohortURL(no) + "/proof?recipient=" + r.ID.String(), c.Root})
	}
	return rows, nil
}

// proofFile names the file by ids, which name nobody.
func proofFile(no id.Cohort, of id.Recipient) string {
	return "proof-" + no.String() + "-" + of.String() + ".json"
}

// downloadProof gives the proof that somebody belongs to a frozen cohort. What
// is no id of a person names no member.
func (w *site) downloadProof(v *visit) error {
	no, err := id.ParseCohort(v.Params("cohort"))
	if err != nil {
		return err
	}
	person, _ := id.ParseRecipient(v.Query("recipient"))
	p, err := w.Cohorts.Proof(v.UserContext(), v.actor(), no, person)
	if err != nil {
		return err
	}
	document, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	v.Attachment(proofFile(no, person))
	v.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	return v.Send(append(document, '\n'))
}
