package sample

// given and family are names as customers write them: many scripts, joiners,
// apostrophes, double names, right-to-left. They are put together at random.
var given = []string{
	"Anna", "Björn", "Chloé", "Dmytro", "Eleni", "Fatima", "Grzegorz", "Hélène", "İbrahim", "José", "Katalin", "Łukasz", "Miyu", "Nguyễn", "Oisín",
	"Priya", "Quentin", "Rania", "Søren", "Tomáš", "Ursula", "Việt", "Wanjirũ", "Xiomara", "Yara", "Žofie", "Ólafur", "Ștefan", "Γιώργος", "Ольга",
	"سارة", "נועה", "美咲", "민준", "สมชาย", "आरव", "Mary-Jane", "D’Arcy", "Jean-Luc", "Maria do Carmo", "Aoife", "Kwame", "Leilani", "Mateo", "Ngozi",
	"Zoë", "Kemal", "Ines", "Petra", "Rohan", "Sofía", "Tariq", "Umut", "Vera", "Wei", "Émile", "Åsa", "Ágnes", "Çağla", "Hye-jin",
}

var family = []string{
	"Andersson", "Beauchêne", "Czarnecki", "Da Silva", "Eriksen", "Fernández", "García Márquez", "Hoffmann", "Ivanenko", "Jónsdóttir", "Kowalczyk",
	"López", "Müller", "Nováková", "O’Sullivan", "Papadopoulou", "Quispe", "Rossi", "Szabó", "Tanaka", "Ünal", "van der Meer", "Weiß", "Xu", "Yılmaz",
	"Zimmermann", "Smith", "Jones-Parker", "Παππάς", "Коваленко", "الحداد", "כהן", "佐藤", "김", "ศรีสุข", "शर्मा", "Ó Briain", "Dvořák", "Popescu",
	"Lindqvist", "Achterberg", "Nakamura", "Okafor", "Mwangi", "Haddad", "Silva", "Martin", "Bernard", "Schmidt", "Fischer", "Bianchi", "Moreau",
}

// where are places with how many in a hundred customers live there, and what
// language they read.
var where = []struct {
	jurisdiction, locale string
	share                int
}{
	{"US-CA", "en", 14}, {"US-NY", "en", 8}, {"US-TX", "en", 8}, {"US-MA", "en", 4}, {"US-VT", "en", 1}, {"US-WA", "en", 4}, {"US-RI", "en", 1}, {"US-IL", "en", 4},
	{"DE", "de", 14}, {"AT", "de", 3}, {"FR", "fr", 10}, {"BE", "fr", 3}, {"ES", "es", 7}, {"IE", "en", 3}, {"NL", "en", 4}, {"PL", "en", 4}, {"GB", "en", 5}, {"CA-QC", "fr", 1}, {"SE", "en", 2},
}

// domains are reserved for examples and tests: no mail ever leaves for them.
var domains = []string{"example.com", "example.net", "example.org", "mail.example", "post.example", "familie.test", "studio.test", "praxis.test", "bücher.example"}

var plans = []string{"free", "free", "free", "starter", "starter", "team", "business"}
