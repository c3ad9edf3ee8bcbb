package postgres

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/intake"
)

const peopleAtOnce = 4096

// regroup reads all rows of each person that has more than one, and writes
// what they say together. The order in which rows came does not matter.
func (i *importing) regroup() error {
	if len(i.again) == 0 {
		return nil
	}
	mappers, err := i.mappers()
	if err != nil {
		return err
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(i.again)), peopleAtOnce) {
		groups, err := i.groups(mappers, some)
		if err != nil {
			return err
		}
		if err := i.writeGroups(some, groups); err != nil {
			return err
		}
	}
	return nil
}

// mappers reads the rows of each list as it was read when it came.
func (i *importing) mappers() (map[int64]*intake.Mapper, error) {
	rows, err := i.pg.Query(i.ctx, "SELECT list_no, columns, mapping FROM list WHERE incident_no = $1 AND CASE list_no WHEN $2 THEN $3 ELSE state = 'imported' END",
		int64(i.list.Incident), int64(i.list.ID), i.list.State == intake.Importing)
	if err != nil {
		return nil, err
	}
	out := map[int64]*intake.Mapper{}
	var no int64
	var columns []string
	var raw map[string]string
	_, err = pgx.ForEachRow(rows, []any{&no, &columns, &raw}, func() error {
		m, err := intake.ParseMapping(columns, raw)
		out[no] = intake.NewMapper(columns, m)
		columns, raw = nil, nil
		return err
	})
	return out, err
}

func (i *importing) groups(mappers map[int64]*intake.Mapper, people []int64) (map[int64]*intake.Group, error) {
	rows, err := i.pg.Query(i.ctx, `SELECT r.list_no, r.row_no, r.recipient_no, r.cells FROM unnest($2::bigint[]) u(no)
		CROSS JOIN LATERAL (SELECT list_no, row_no, recipient_no, cells FROM list_row WHERE incident_no = $1 AND recipient_no = u.no OFFSET 0) r`,
		int64(i.list.Incident), people)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]*intake.Group, len(people))
	var list, row, person int64
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&list, &row, &person, &sealed}, func() error {
		mapper, ok := mappers[list]
		if !ok {
			return nil
		}
		cells, err := openCells(i.keys, list, row, sealed)
		if err != nil {
			return err
		}
		if out[person] == nil {
			out[person] = &intake.Group{}
		}
		if r, _, ok := mapper.Map(intake.Record{Cells: asBytes(cells)}); ok {
			out[person].Add(r)
		}
		return nil
	})
	return out, err
}

func asBytes(cells []string) [][]byte {
	out := make([][]byte, len(cells))
	for i, c := range cells {
		out[i] = []byte(c)
	}
	return out
}

func (i *importing) writeGroups(people []int64, groups map[int64]*intake.Group) error {
	places, locales, zones := make([]string, len(people)), make([]*string, len(people)), make([]*string, len(people))
	consents, individuals := make([]*bool, len(people)), make([]int32, len(people))
	for n, no := range people {
		g := groups[no]
		if g == nil {
			g = &intake.Group{}
		}
		places[n] = strings.Join(g.Jurisdictions(), ",") // codes hold no comma
		locales[n], zones[n], consents[n], individuals[n] = text(g.Locale()), text(g.Timezone()), consent(g.Consent()), int32(g.Individuals())
	}
	_, err := i.pg.Exec(i.ctx, `UPDATE recipient r SET jurisdictions = coalesce(string_to_array(nullif(u.places, ''), ','), '{}'),
		locale = u.locale, timezone = u.zone, consent = u.consent, individuals = u.individuals
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::integer[]) u(no, places, locale, zone, consent, individuals)
		WHERE r.incident_no = $1 AND r.recipient_no = u.no AND (r.jurisdictions, r.locale, r.timezone, r.consent, r.individuals)
		  IS DISTINCT FROM (coalesce(string_to_array(nullif(u.places, ''), ','), '{}'), u.locale, u.zone, u.consent, u.individuals)`, int64(i.list.Incident), people, places, locales, zones, consents, individuals)
	if err != nil {
		return err
	}
	return i.writeFlags(people, groups)
}

// writeFlags replaces the flags that follow from all rows of some people.
func (i *importing) writeFlags(people []int64, groups map[int64]*intake.Group) error {
	if _, err := i.pg.Exec(i.ctx, "DELETE FROM recipient_flag WHERE incident_no = $1 AND flag = ANY($2) AND recipient_no = ANY($3)", int64(i.list.Incident), intake.GroupFlags, people); err != nil {
		return err
	}
	var rows [][]any
	for _, no := range people {
		if g := groups[no]; g != nil {
			for _, f := range g.Flags() {
				rows = append(rows, []any{int64(i.list.Incident), string(f), no})
			}
		}
	}
	_, err := i.pg.CopyFrom(i.ctx, pgx.Identifier{"recipient_flag"}, flagColumns, pgx.CopyFromRows(rows))
	return err
}

// domainColumn names the column under which a domain's name is sealed.
const domainColumn = "domain.name"

type domainLine struct {
	key   [16]byte
	name  []byte
	count int64
}

// writeDomains counts people for each domain. Keys go in their order, so that
// two imports never wait for each other in a circle.
func (i *importing) writeDomains() error {
	lines := make([]domainLine, 0, len(i.domains))
	for name, n := range i.domains {
		key := i.db.keys.installation.DomainKey(name)
		sealed, err := i.db.keys.installation.SealSetting(domainColumn, 0, []byte(name))
		if err != nil {
			return err
		}
		lines = append(lines, domainLine{key, sealed, n})
	}
	slices.SortFunc(lines, func(a, b domainLine) int { return bytes.Compare(a.key[:], b.key[:]) })
	for some := range slices.Chunk(lines, peopleAtOnce) {
		keys, names, counts := make([][16]byte, len(some)), make([][]byte, len(some)), make([]int64, len(some))
		for n, l := range some {
			keys[n], names[n], counts[n] = l.key, l.name, l.count
		}
		_, err := i.pg.Exec(i.ctx, `INSERT INTO domain (domain_key, name, recipients) SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bigint[])
			ON CONFLICT (domain_key) DO UPDATE SET recipients = domain.recipients + excluded.recipients`, keys, names, counts)
		if err != nil {
			return err
		}
	}
	return nil
}
