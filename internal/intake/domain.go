package intake

// DomainMail is what is known of a domain's mail.
type DomainMail string

// Whether a domain takes mail. MailUnknown is no answer and is never kept.
const (
	MailUnknown DomainMail = ""
	MailTaken   DomainMail = "taken"
	NullMX      DomainMail = "null_mx" // it says that it takes none: RFC 7505
	NoMailHost  DomainMail = "no_host" // it does not exist, or has no mail server and no address: RFC 5321 5.1
)

// Undelivered lists what speaks against a domain.
var Undelivered = []DomainMail{NullMX, NoMailHost}
