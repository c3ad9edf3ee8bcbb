package sample

// Text is one variant of a notice as its author writes it.
type Text struct {
	Locale        string   `json:"locale"`
	Jurisdictions []string `json:"jurisdictions"`
	Subject       string   `json:"subject"`
	Body          string   `json:"body"`
}

// exposed are the variants of the broad notice.
var exposed = []Text{
	{Locale: "en", Subject: "{{org.name}}: your e-mail address may have been exposed", Body: `Dear {{recipient.name}},

this week we learned that the company that sends e-mail for us was broken into. Your e-mail address and the name of your account may have been seen by strangers. Passwords, payment data and the content of your account were not stored there.

## What we are doing

{{incident.measures}}

## What you can do

- Expect forged messages that look as if they came from us. We never ask for a password or for payment by e-mail.
- Do not follow links in such messages. Go to our site as you normally do.
- Use two-factor sign-in for your account if you do not yet.

## For more information

Write to {{contact.email}} or call {{contact.phone}}.

Account: {{list merge.account}}

This notice can be checked: the code {{notice.code}} stands for it, and nobody else has it.`},
	{Locale: "de", Subject: "{{org.name}}: Ihre E-Mail-Adresse ist möglicherweise bekannt geworden", Body: `Guten Tag {{recipient.name}},

in dieser Woche haben wir erfahren, dass in das Unternehmen eingebrochen wurde, das für uns E-Mails versendet. Ihre E-Mail-Adresse und der Name Ihres Kontos können von Fremden gesehen worden sein. Passwörter, Zahlungsdaten und Inhalte Ihres Kontos lagen dort nicht.

## Was wir tun

{{incident.measures}}

## Was Sie tun können

- Rechnen Sie mit gefälschten Nachrichten in unserem Namen. Wir fragen nie per E-Mail nach einem Passwort oder nach Geld.
- Folgen Sie keinen Links in solchen Nachrichten. Rufen Sie unsere Seite so auf, wie Sie es gewohnt sind.
- Nutzen Sie die Anmeldung mit zweitem Faktor, wenn Sie es noch nicht tun.

## Weitere Auskunft

Schreiben Sie an {{contact.email}} oder rufen Sie {{contact.phone}} an.

Konto: {{list merge.account}}

Diese Nachricht lässt sich prüfen: Der Code {{notice.code}} steht für sie und für keine andere.`},
	{Locale: "fr", Subject: "{{org.name}} : votre adresse e-mail a pu être exposée", Body: `Bonjour {{recipient.name}},

cette semaine, nous avons appris que l’entreprise qui envoie nos e-mails avait été piratée. Votre adresse e-mail et le nom de votre compte ont pu être vus par des inconnus. Les mots de passe, les données de paiement et le contenu de votre compte ne s’y trouvaient pas.

## Ce que nous faisons

{{incident.measures}}

## Ce que vous pouvez faire

- Attendez-vous à de faux messages en notre nom. Nous ne demandons jamais de mot de passe ni de paiement par e-mail.
- Ne suivez pas les liens de tels messages. Allez sur notre site comme d’habitude.
- Activez la connexion à deux facteurs si ce n’est pas encore fait.

## Pour en savoir plus

Écrivez à {{contact.email}} ou appelez le {{contact.phone}}.

Compte : {{list merge.account}}

Ce message peut être vérifié : le code {{notice.code}} lui appartient, et à lui seul.`},
	{Locale: "es", Subject: "{{org.name}}: su dirección de correo puede haber quedado expuesta", Body: `Hola, {{recipient.name}}:

esta semana supimos que habían entrado en la empresa que envía nuestros correos. Personas ajenas pueden haber visto su dirección de correo y el nombre de su cuenta. Las contraseñas, los datos de pago y el contenido de su cuenta no estaban allí.

## Qué estamos haciendo

{{incident.measures}}

## Qué puede hacer usted

- Espere mensajes falsos en nuestro nombre. Nunca pedimos contraseñas ni pagos por correo.
- No siga los enlaces de esos mensajes. Entre en nuestro sitio como lo hace siempre.
- Active el segundo factor en su cuenta si aún no lo usa.

## Más información

Escriba a {{contact.email}} o llame al {{contact.phone}}.

Cuenta: {{list merge.account}}

Este aviso se puede comprobar: el código {{notice.code}} es suyo y de ningún otro.`},
}

// reset is the notice of those whose password a stranger had reset.
var reset = []Text{
	{Locale: "en", Subject: "{{org.name}}: a stranger reset your password; your account is secured", Body: `Dear {{recipient.name}},

on 7 August somebody who was not you asked for a new password for your account and could read the message that we sent you. We have locked the account, ended every session, and made it safe again.

## What you can do

- Go to our site as you normally do and set a new password.
- If you use the old password elsewhere, change it there too.
- Switch on two-factor sign-in: it stopped this intruder wherever it was on.

## For more information

Write to {{contact.email}} or call {{contact.phone}}. We never ask for a password or for payment by e-mail.

This notice can be checked: the code {{notice.code}} stands for it, and nobody else has it.`},
}
