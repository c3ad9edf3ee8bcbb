package lint

// Words by language. They warn; what they do not know they do not find. A list
// for a language that is missing finds nothing.

// told has, for languages other than that of the data, the words that tell of
// an item.
var told = map[string]map[string][]string{
	"es": {
		"entity_contact": {"llámenos", "escríbanos", "póngase en contacto"}, "entity_contact_tollfree": {"llamada gratuita", "número gratuito", "sin cargo"},
		"dpo_contact": {"delegado de protección de datos", "delegada de protección de datos"}, "discovery_date": {"descubrimos el", "supimos el", "tuvimos conocimiento el"},
		"remain_vigilant": {"manténgase atento", "manténgase alerta", "estados de cuenta"}, "free_credit_report_info": {"annualcreditreport.com"},
		"password_change_instructions": {"cambie su contraseña", "cambie la contraseña"}, "ftc_contact": {"ftc.gov", "identitytheft.gov", "comisión federal de comercio"},
		"fraud_alert_howto": {"alerta de fraude"}, "fraud_alert_freeze_statement": {"alertas de fraude"}, "security_freeze_howto": {"congelamiento de crédito", "congelamiento de seguridad", "congelación de crédito"},
		"police_report_right": {"denuncia policial", "informe policial"}, "credit_monitoring_offer": {"supervisión de crédito", "monitoreo de crédito"},
		"credit_monitoring_enrolment": {"inscribirse", "código de activación"}, "fcra_rights": {"fair credit reporting act", "ley de informes de crédito"}, "identity_theft_info_statement": {"robo de identidad"},
		"affected_count": {"personas afectadas"}, "state_resident_count": {"residentes afectados"}, "complaint_right": {"reclamación", "queja"},
		"likely_consequences": {"puede usarse", "riesgo"}, "protective_steps": {"usted puede", "le recomendamos"}, "measures_taken": {"hemos"},
		"nature_of_breach": {"robados", "robadas", "acceso no autorizado", "pirata informático", "programa malicioso"}, "phishing_warning": {"nunca le pediremos", "no dé"},
		"link_requesting_personal_info": {"verifique su cuenta", "confirme su identidad", "inicie sesión", "introduzca su"},
	},
	"fr": {
		"entity_contact": {"appelez-nous", "écrivez-nous", "contactez-nous"}, "dpo_contact": {"délégué à la protection des données", "déléguée à la protection des données"},
		"discovery_date": {"nous avons découvert le", "nous avons appris le"}, "remain_vigilant": {"restez attentif", "restez vigilant", "relevés de compte"},
		"password_change_instructions": {"changez votre mot de passe", "changez le mot de passe"}, "police_report_right": {"rapport de police"}, "complaint_right": {"plainte", "réclamation"},
		"affected_count": {"personnes concernées"}, "likely_consequences": {"risque", "peut servir"}, "protective_steps": {"vous pouvez", "nous vous conseillons"}, "measures_taken": {"nous avons"},
		"nature_of_breach": {"volées", "volés", "accès non autorisé", "pirate"}, "phishing_warning": {"nous ne vous demanderons jamais", "ne donnez"},
		"link_requesting_personal_info": {"vérifiez votre compte", "confirmez votre identité", "connectez-vous", "saisissez votre"},
	},
	"de": {
		"entity_contact": {"rufen sie uns an", "schreiben sie uns", "erreichen sie uns"}, "dpo_contact": {"datenschutzbeauftragter", "datenschutzbeauftragte", "datenschutzbeauftragten"},
		"discovery_date": {"erfahren", "entdeckt"}, "remain_vigilant": {"bleiben sie aufmerksam", "kontoauszüge"},
		"password_change_instructions": {"ändern sie ihr passwort", "ändern sie das passwort"}, "complaint_right": {"beschwerde", "beschweren"},
		"likely_consequences": {"gefahr", "risiko", "können benutzt werden"}, "protective_steps": {"sie können", "wir raten"}, "measures_taken": {"wir haben"},
		"nature_of_breach": {"gestohlen", "unbefugt", "schadsoftware", "hacker"}, "phishing_warning": {"fragen nie", "geben sie keine"},
		"link_requesting_personal_info": {"bestätigen sie ihr konto", "melden sie sich an", "geben sie ihr"},
	},
}

// neverAsk are words of the sentence that says what will never be asked for.
var neverAsk = map[string][]string{
	"en": {"never ask", "will not ask", "do not ask"}, "de": {"nie nach", "niemals nach", "nie um", "fragen nie", "fragen sie nie", "bitten sie nie", "niemals um", "fragen niemals"},
	"fr": {"ne vous demanderons jamais", "ne demandons jamais", "ne demanderons jamais", "ne vous demandons jamais"}, "es": {"nunca le pediremos", "nunca pedimos", "nunca pediremos", "nunca le pedimos", "nunca te pediremos"},
}

// generic are greetings of nobody.
var generic = map[string][]string{
	"en": {"dear customer", "dear valued customer", "dear user", "dear sir or madam", "dear member", "to whom it may concern"}, "de": {"sehr geehrte damen und herren", "lieber kunde", "liebe kundin", "sehr geehrter kunde"},
	"fr": {"cher client", "chère cliente", "madame, monsieur", "cher utilisateur"}, "es": {"estimado cliente", "estimada clienta", "estimado usuario", "apreciado cliente"},
}

// sensitive are words that tell a stranger about a reader.
var sensitive = map[string][]string{
	"en": {"health", "medical", "patient", "patients", "diagnosis", "hiv", "aids", "cancer", "pregnancy", "abortion", "psychiatric", "therapy", "addiction", "clinic", "prescription", "bankruptcy", "debt", "overdue", "criminal", "dating", "adult", "sexual", "religion", "union membership"},
	"de": {"gesundheit", "patient", "patientin", "patienten", "diagnose", "krebs", "schwangerschaft", "therapie", "sucht", "klinik", "rezept", "insolvenz", "schulden", "gewerkschaft", "religion"},
	"fr": {"santé", "médical", "médicale", "patient", "patiente", "diagnostic", "cancer", "grossesse", "thérapie", "clinique", "ordonnance", "dettes", "syndicat", "religion"},
	"es": {"salud", "médico", "médica", "paciente", "diagnóstico", "cáncer", "embarazo", "terapia", "clínica", "receta", "deudas", "sindicato", "religión"},
}

// urgent are words that hurry a reader.
var urgent = map[string][]string{
	"en": {"urgent", "urgently", "act now", "immediately", "immediate action", "action required", "final notice", "last chance", "warning", "alert", "important", "asap", "attention", "your account will be"},
	"de": {"dringend", "sofort", "eilig", "handeln sie jetzt", "letzte mahnung", "wichtig", "achtung", "warnung", "umgehend"},
	"fr": {"urgent", "immédiatement", "agissez", "dernier avis", "important", "attention", "alerte", "action requise"},
	"es": {"urgente", "inmediatamente", "actúe ahora", "último aviso", "importante", "atención", "alerta", "acción requerida"},
}

var attachments = map[string][]string{
	"en": {"attached", "attachment", "attachments", "enclosed file"}, "de": {"anhang", "im anhang", "angehängt", "beigefügte datei"},
	"fr": {"pièce jointe", "pièces jointes", "ci-joint", "ci-jointe"}, "es": {"adjunto", "adjunta", "archivo adjunto"},
}

var marketing = map[string][]string{
	"en": {"discount", "special offer", "promo", "promotion", "upgrade now", "buy", "newsletter", "sale", "deal", "exclusive", "free trial", "refer a friend", "new features", "follow us", "sign up today"},
	"de": {"rabatt", "sonderangebot", "gutschein", "newsletter", "jetzt kaufen", "exklusiv", "aktion", "folgen sie uns", "neue funktionen"},
	"fr": {"remise", "promotion", "offre spéciale", "newsletter", "achetez", "exclusif", "suivez-nous", "nouveautés"},
	"es": {"descuento", "promoción", "oferta especial", "boletín", "compre", "exclusivo", "síganos"},
}

var unsubscribe = map[string][]string{
	"en": {"unsubscribe", "opt out of these", "manage your preferences", "email preferences", "view in browser"}, "de": {"abmelden", "abbestellen", "im browser ansehen"},
	"fr": {"se désabonner", "désabonnez-vous", "désinscription", "gérer vos préférences"}, "es": {"darse de baja", "cancelar la suscripción", "gestionar sus preferencias"},
}

// hedges leave a reader unsure whether it happened to them.
var hedges = map[string][]string{
	"en": {"may have", "might have", "potentially", "possibly", "could have been", "it is possible", "out of an abundance of caution", "abundance of caution", "certain individuals", "some of your", "we believe", "unlikely", "limited number"},
	"de": {"möglicherweise", "eventuell", "unter umständen", "vorsorglich", "potenziell", "könnte", "könnten", "nicht auszuschließen", "gegebenenfalls"},
	"fr": {"potentiellement", "éventuellement", "il est possible", "par mesure de précaution", "par précaution", "pourrait", "pourraient", "a pu", "ont pu", "susceptible", "susceptibles"},
	"es": {"posiblemente", "potencialmente", "es posible", "por precaución", "podría", "podrían", "puede haber", "pueden haber", "quizá", "tal vez"},
}

var jargon = map[string][]string{
	"en": {"threat actor", "threat actors", "exfiltrated", "exfiltration", "unauthorized party", "unauthorised party", "third-party vendor", "bad actor", "cyber incident", "cybersecurity incident", "pii", "phi", "personally identifiable information", "data subject", "data controller", "pursuant to", "aforementioned", "credential stuffing", "ttps", "iocs", "forensic", "remediate", "remediation", "compromised", "leverage", "utilize", "in the event that", "prior to", "subsequent to"},
	"de": {"bedrohungsakteur", "exfiltriert", "exfiltration", "kompromittiert", "cybervorfall", "betroffene person im sinne", "verantwortlicher im sinne", "gemäß art", "dritter seite", "forensisch", "forensische", "diesbezüglich", "dahingehend", "ihrerseits", "personenbezogenen", "personenbezogene"},
	"fr": {"acteur malveillant", "exfiltrées", "exfiltration", "compromises", "cyberincident", "responsable du traitement", "conformément à", "susmentionné", "nonobstant", "données à caractère personnel", "forensique"},
	"es": {"actor de amenazas", "exfiltrados", "exfiltración", "comprometidos", "ciberincidente", "responsable del tratamiento", "de conformidad con", "anteriormente mencionado", "forense", "datos de carácter personal"},
}

// praise is what a sender says of itself.
var praise = map[string][]string{
	"en": {"take the security", "takes the security", "take your privacy", "takes your privacy", "take security", "takes security", "very seriously", "utmost importance", "top priority", "highest priority", "industry-leading", "industry leading", "state-of-the-art", "state of the art", "world-class", "committed to protecting", "we value your", "your trust"},
	"de": {"nehmen den schutz", "sehr ernst", "höchste priorität", "oberste priorität", "modernste", "neuesten stand der technik", "stand der technik", "ihr vertrauen"},
	"fr": {"très au sérieux", "priorité absolue", "plus haute priorité", "dernière génération", "à la pointe", "votre confiance"},
	"es": {"muy en serio", "máxima prioridad", "última generación", "de vanguardia", "su confianza", "nuestro compromiso"},
}

// comfort tells readers that nothing is known to have happened: most take it
// for a reason to do nothing.
var comfort = map[string][]string{
	"en": {"no evidence", "not aware of any misuse", "no indication", "no reason to believe"}, "de": {"keine hinweise", "keine anhaltspunkte", "keine anzeichen", "kein missbrauch bekannt"},
	"fr": {"aucune preuve", "aucun indice", "aucun élément"}, "es": {"ninguna prueba", "no hay indicios", "ningún indicio", "no tenemos constancia"},
}
