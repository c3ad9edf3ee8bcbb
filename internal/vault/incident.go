package vault

import (
	"encoding/binary"
	"fmt"
)

// WrappedIncident are the keys of one incident as the database keeps them.
type WrappedIncident struct {
	Data  []byte
	Proof []byte
}

// Incident is the opened set of keys of one incident.
type Incident struct {
	no      int64
	data    sealer
	address namer
	similar namer
	secret  namer
	proof   digester
}

// GenerateIncident draws the keys of an incident, wrapped by the master key.
func GenerateIncident(m *Master, incident int64) (WrappedIncident, error) {
	data, err := m.wrap(newKey(), about("incident_key/data", incident))
	if err != nil {
		return WrappedIncident{}, fmt.Errorf("wrap data key: %w", err)
	}
	proof, err := m.wrap(newKey(), about("incident_key/proof", incident))
	if err != nil {
		return WrappedIncident{}, fmt.Errorf("wrap proof key: %w", err)
	}
	return WrappedIncident{Data: data, Proof: proof}, nil
}

// OpenIncident unwraps the keys of an incident.
func OpenIncident(m *Master, incident int64, w WrappedIncident) (*Incident, error) {
	data, err := m.unwrap(w.Data, about("incident_key/data", incident))
	if err != nil {
		return nil, fmt.Errorf("open data key: %w", err)
	}
	proof, err := m.unwrap(w.Proof, about("incident_key/proof", incident))
	if err != nil {
		return nil, fmt.Errorf("open proof key: %w", err)
	}
	in := &Incident{no: incident, proof: newDigester(proof)}
	return in, in.deriveFrom(data)
}

// deriveFrom makes the sub-keys that die with the data key.
func (in *Incident) deriveFrom(data []byte) error {
	sealing, err := derive(data, "seal")
	if err != nil {
		return err
	}
	if in.data, err = newSealer(sealing); err != nil {
		return err
	}
	for use, n := range map[string]*namer{"address": &in.address, "similar": &in.similar, "secret": &in.secret} {
		key, err := derive(data, use)
		if err != nil {
			return err
		}
		if *n, err = newNamer(key); err != nil {
			return err
		}
	}
	return nil
}

// AddressIndex is the blind index of a grouping key: one for each person with
// an address in the incident.
func (in *Incident) AddressIndex(groupingKey string) Index {
	return in.address.index([]byte(groupingKey))
}

// SimilarIndex is the blind index of a similarity key, for look-ups.
func (in *Incident) SimilarIndex(similarityKey string) Index {
	return in.similar.index([]byte(similarityKey))
}

// SecretIndex is the blind index of a secret attribute's value.
func (in *Incident) SecretIndex(attribute, value string) Index {
	return in.secret.index([]byte(attribute + "\x00" + value))
}

// CodeIndex is the blind index of a code in a pool of codes. No attribute has a
// name that begins as this does.
func (in *Incident) CodeIndex(pool int64, code string) Index {
	return in.secret.index(append(about("\x00code", pool), code...))
}

// SealAddress seals an address for the recipient with this index.
func (in *Incident) SealAddress(index Index, address string) ([]byte, error) {
	return in.data.seal([]byte(address), append(about("recipient.address", in.no), index[:]...))
}

// OpenAddress opens what SealAddress sealed.
func (in *Incident) OpenAddress(index Index, sealed []byte) (string, error) {
	plain, err := in.data.open(sealed, append(about("recipient.address", in.no), index[:]...))
	return string(plain), err
}

// SealRow seals the cells of a list row, or of a reject, for their place.
func (in *Incident) SealRow(column string, list, row int64, cells []byte) ([]byte, error) {
	return in.data.seal(cells, about(column, in.no, list, row))
}

// OpenRow opens what SealRow sealed.
func (in *Incident) OpenRow(column string, list, row int64, sealed []byte) ([]byte, error) {
	return in.data.open(sealed, about(column, in.no, list, row))
}

// SealText seals a text that may speak of a person, such as a reason or a part
// of a file; column and numbers say where it stands.
func (in *Incident) SealText(column string, plain []byte, numbers ...int64) ([]byte, error) {
	return in.data.seal(plain, about(column, append([]int64{in.no}, numbers...)...))
}

// OpenText opens what SealText sealed for the same place.
func (in *Incident) OpenText(column string, sealed []byte, numbers ...int64) ([]byte, error) {
	return in.data.open(sealed, about(column, append([]int64{in.no}, numbers...)...))
}

// PersonDigest stands for a person with an address in every root and leaf.
func (in *Incident) PersonDigest(groupingKey string) Digest {
	return in.proof.of([]byte("person"), []byte(groupingKey))
}

// RowDigest stands for a person without an address, who is one row of a list.
func (in *Incident) RowDigest(list, row int64) Digest {
	return in.proof.of([]byte("row"), about("", list, row))
}

// ValuesDigest binds the values of one person to a place in a campaign.
func (in *Incident) ValuesDigest(campaign, seq int64, canonical []byte) Digest {
	var place [16]byte
	binary.BigEndian.PutUint64(place[:8], uint64(campaign))
	binary.BigEndian.PutUint64(place[8:], uint64(seq))
	return in.proof.of([]byte("values"), place[:], canonical)
}
