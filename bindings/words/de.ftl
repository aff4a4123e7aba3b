### See en-GB.ftl.

## Everywhere

back = Zurück
close = Schließen
cancel = Abbrechen
save = Sichern
delete = Löschen
more = Mehr
copy = Kopieren
edit = Ändern
confirm = Bestätigen
try-again = Noch einmal versuchen
one-moment = Einen Augenblick…
is-on = Ein
is-off = Aus

## The first screens, and notifications

welcome = Nachrichten, die nur du und deine Kontakte lesen können. Keine Telefonnummer, keine E-Mail-Adresse, kein Passwort auf einem Server.
your-name = Dein Name
your-name-detail = Deine Kontakte sehen ihn, sonst niemand.
relay-link = Link deines Relays
relay-link-detail = Wer das Relay betreibt, gibt ihn dir. Er beginnt mit tacita.
create-account = Konto anlegen
creating-account = Schlüssel werden erzeugt, das Relay wird gefragt. Das dauert einige Sekunden.
recovery-secret = Dein Notschlüssel
recovery-secret-detail = Wer diese Zeichen hat, kann dein Konto übernehmen. Ohne sie kann es niemand zurückholen, wenn dieses Gerät verloren geht: auch wir nicht.
recovery-secret-warning = Schreib sie auf Papier und bewahre es sicher auf. Sie werden nur dieses eine Mal gezeigt und nirgends gespeichert.
wrote-it-down = Ich habe sie aufgeschrieben
confirm-secret = Alles notiert?
confirm-secret-detail = Tippe diese Gruppen von deinem Papier ab.
group-number = Gruppe { $number }
secret-differs = Das wurde nicht gezeigt. Sieh noch einmal auf dein Papier.
show-again = Schlüssel noch einmal zeigen
locked-detail = Deine Nachrichten sind mit deiner Passphrase verschlüsselt.
passphrase = Passphrase
unlock = Entsperren
wrong-passphrase = Das ist nicht die Passphrase.
wrong-passphrase-wait = Das ist nicht die Passphrase. Der nächste Versuch ist in { $seconds } s möglich.
forgot-passphrase = Ich habe meine Passphrase vergessen
erase-title = Alles auf diesem Gerät löschen?
erase-detail = Ohne die Passphrase kann niemand deine Nachrichten öffnen. Du kannst sie löschen und neu anfangen. Deine Kontakte erfahren nichts davon.
erase-lost-detail = Ist der Schlüssel endgültig verloren, kann niemand deine Nachrichten mehr öffnen. Du kannst sie löschen und neu anfangen. Deine Kontakte erfahren nichts davon.
erase-everything = Alles löschen
unusable-title = Deine Nachrichten lassen sich nicht öffnen
messages-channel = Nachrichten
something-came = Es ist etwas angekommen
connection = Verbindung
stays-connected = Bleibt verbunden

## The list

search = Suchen
search-messages = Nachrichten durchsuchen
nothing-found = Nichts gefunden
nothing-found-detail = Keine Nachricht hat ein Wort, das so anfängt.
lock-now = Jetzt sperren
settings = Einstellungen
new-contact = Neuer Kontakt
conversations = Unterhaltungen
requests = Anfragen ({ $count })
archive = Archiv ({ $count })
empty-title =
    .requests = Keine Anfragen
    .archived = Das Archiv ist leer
    .main = Noch keine Unterhaltungen
    .all = Noch keine Unterhaltungen
empty-detail =
    .requests = Wer über deinen öffentlichen Link kommt, erscheint hier und erfährt nichts, bevor du annimmst.
    .archived = Drücke lange auf eine Unterhaltung, um sie wegzulegen.
    .main = Zeige jemandem deinen Code, oder öffne den Link, den du bekommen hast.
    .all = Zeige jemandem deinen Code, oder öffne den Link, den du bekommen hast.
relay-offline = { $waiting ->
    [0] Das Relay ist nicht erreichbar. Es wird von selbst wieder versucht.
    [one] Das Relay ist nicht erreichbar. Eine Nachricht ist aufgehoben und geht von selbst ab.
   *[other] Das Relay ist nicht erreichbar. { $waiting } Nachrichten sind aufgehoben und gehen von selbst ab.
}
relay-wrong-key = Was unter der Adresse deines Relays antwortet, hat nicht seinen Schlüssel: Jemand kann dazwischenstehen. Nichts wird gesendet. Versuche ein anderes Netz, oder frage den Betreiber.
no-name = Ohne Namen
typing = schreibt…
draft = Entwurf: { $text }
wants-to-write = Möchte dir schreiben
waits-for-answer = Einladung angenommen, noch keine Antwort
nothing-yet = Noch nichts geschrieben
blocked = Blockiert
muted = Stumm
pinned = Angeheftet
unread = { $count ->
    [one] 1 ungelesene Nachricht
   *[other] { $count } ungelesene Nachrichten
}
pin = Anheften
unpin = Loslösen
mute = Stumm schalten
unmute = Ton einschalten
put-into-archive = Archivieren
unarchive = Aus dem Archiv holen
accept = Annehmen
decline = Ablehnen

## A conversation

contact = Kontakt
verified = Geprüft
not-verified = Nicht geprüft
alarm-short = Schlüssel passen nicht: prüfen
alarm = Etwas widerspricht den bekannten Schlüsseln von { $name }: Jemand kann zwischen euch stehen. Vergleicht die Sicherheitsnummern, bevor du weiterschreibst.
waits-for-answer-detail = Du hast die Einladung angenommen. Was du schreibst, hebt das Relay auf, bis die andere Seite online ist.
has-left = { $name } hat das Konto gelöscht. Was gesagt wurde, bleibt; mehr kann nicht gesendet werden.
retry-now = Jetzt versuchen
no-messages = Noch keine Nachrichten
no-messages-detail = Was du hier schreibst, wird verschlüsselt, bevor es dieses Gerät verlässt.
to-newest = Zur neuesten Nachricht
new-messages = Neue Nachrichten
from-you = Von dir
from-them = Von deinem Kontakt
missing = Eine Nachricht fehlt
missing-detail = Sie wurde gesendet und ist nicht angekommen. Kommt sie noch, erscheint sie hier.
undecryptable = { $count ->
    [one] Eine Nachricht ließ sich nicht öffnen
   *[other] { $count } Nachrichten ließen sich nicht öffnen
}
undecryptable-cause =
    .no-key = Kein Schlüssel dieses Geräts öffnet sie.
    .logs-contradict = Die Geräte des Kontakts widersprechen dem Bekannten. Vergleicht die Sicherheitsnummern.
repair =
    .not-asked = Bleibt es dabei, lade den Kontakt neu ein.
    .asked = Eine neue Verbindung ist begonnen; sie steht, sobald der Kontakt antwortet.
    .done = Behoben: Was verloren ging, wird noch einmal gesendet.
needs-newer-version = Diese Nachricht braucht eine neuere Version
needs-newer-version-detail = Aktualisiere die App, um sie zu sehen.
damaged = Diese Nachricht ist beschädigt
damaged-detail = Sie wurde beschädigt gesendet. Bitte noch einmal darum.
dont-send = Nicht senden
delete-here = Hier löschen
editing = Nachricht ändern
message = Nachricht
send = Senden
request-detail = { $name } kam über deinen öffentlichen Link. Nimm an, um einander zu schreiben. Lehnst du ab, erfährt niemand davon.
blocked-detail = Du hast { $name } blockiert.
unblock = Freigeben
delivery =
    .received = Empfangen
    .queued = Noch nicht gesendet
    .waiting = Noch nicht gesendet
    .sent = Gesendet
    .delivered = Zugestellt
    .read = Gelesen
queue-reason =
    .sending = Unterwegs.
    .offline = Das Relay des Kontakts ist nicht erreichbar. Deine Nachricht geht von selbst ab, sobald es geht.
    .wrong-relay-key = Was beim Relay des Kontakts antwortet, hat nicht seinen Schlüssel: Jemand kann dazwischenstehen. Nichts wird gesendet. Versuche ein anderes Netz, oder lade den Kontakt neu ein.
    .relay-misbehaves = Das Relay des Kontakts antwortet, was kein Relay antworten sollte. Es wird weiter versucht; sag es dem Betreiber.
    .relay-version = Das Relay des Kontakts nimmt Nachrichten dieser Version nicht an. Aktualisiere die App.
    .full = Der Briefkasten des Kontakts ist voll. Deine Nachricht geht ab, sobald Platz ist.
    .contact-unreachable = Den Briefkasten des Kontakts gibt es nicht mehr. Warte auf Nachricht, oder lade den Kontakt neu ein.
    .refused = Das Relay lehnt diese Nachricht ab. Sende sie neu als andere.
    .waiting-for-contact = Erst muss der Kontakt antworten; dann geht sie von selbst ab.
    .behind-earlier = Sie folgt der Nachricht vor ihr.
    .keys-damaged = Was dieses Gerät vom Kontakt aufhebt, ist nicht lesbar. Bleibt es dabei, lade den Kontakt neu ein.
    .blocked = Du hast den Kontakt blockiert.
    .contact-left = Der Kontakt hat das Konto gelöscht.
    .request-expired = 64 Tage lang hat niemand geantwortet. Bitte den Kontakt um eine neue Einladung.

## A contact

calls-themselves = Nennt sich { $name }
nickname = Spitzname
nickname-detail = Ein Name, den nur du siehst.
safety-number = Sicherheitsnummer
verification =
    .unverified = Noch nicht verglichen
    .verified = Verglichen und gleich
    .alarm = Widerspruch: jetzt vergleichen
safety-number-detail = Triff { $name } und scannt gegenseitig den Code, oder vergleicht die Ziffern. Sind sie gleich, steht niemand zwischen euch.
verified-detail = Du hast diese Nummer mit { $name } verglichen, und seither spricht nichts dagegen.
alarm-detail = Etwas widerspricht dieser Nummer: Jemand kann zwischen dir und { $name } stehen. Vergleicht sie persönlich. Machst du ohne das weiter, gilt der Kontakt als nicht geprüft.
dismiss-alarm = Trotzdem weiter
safety-code = Code eurer Sicherheitsnummer, mit { $name }
scan-their-code = Code der anderen Seite scannen
mark-verified = Die Ziffern sind gleich
mark-unverified = Prüfung zurücknehmen
conversation = Unterhaltung
muted-detail = Macht keinen Ton
archived = Archiviert
archived-detail = Weggelegt, bis eine Nachricht kommt
export = Exportieren
export-detail = Schreibt die Nachrichten in Dateien, die jeder lesen kann
export-warning = Die Dateien sind nicht verschlüsselt: Wer sie bekommt, kann alles lesen. Sie kommen nach { $folder }.
exported = Geschrieben nach { $folder }. Lösche es, wenn es seinen Dienst getan hat.
block-detail = Nichts von diesem Kontakt kommt an. Er erfährt es nicht.
delete-contact = Kontakt und Nachrichten löschen
delete-contact-title = { $name } löschen?
delete-contact-detail = Nachrichten und Schlüssel werden auf diesem Gerät gelöscht. Der Kontakt behält seine und erfährt nichts.

## New contacts

invite-tab = Mein Code
accept-tab = Ich habe einen Link
invite-person = Eine Person einladen
invite-person-detail = Gilt einmal. Gib ihn niemand anderem.
invite-public = Öffentlicher Link
invite-public-detail = Wer ihn hat, kann anfragen. Du entscheidest jedes Mal.
invitations = Einladungen
invitations-detail = { $count ->
    [one] Du hast eine gemacht
   *[other] Du hast { $count } gemacht
}
invitations-short = Noch einmal zeigen oder zurücknehmen
invitations-explained = Nimmst du eine Einladung zurück, ist ihr Link tot. Wer darüber kam, bleibt dein Kontakt.
no-invitations = Du hast keine Einladungen gemacht.
invitation-kind =
    .personal = Für eine Person
    .public = Öffentlicher Link
personal-state =
    .publishing = Unterwegs zum Relay; gilt gleich
    .live = Lass ihn eine Person scannen, oder schick den Link
    .used = Benutzt
public-state =
    .publishing = Unterwegs zum Relay; gilt gleich
    .live = Gilt für alle, die ihn haben
    .used = Benutzt
invitation-code = Code deiner Einladung
copy-link = Link kopieren
share-link = Teilen
revoke = Widerrufen
revoke-title = Einladung widerrufen?
revoke-detail = Ihr Link gilt dann nicht mehr. Wer darüber kam, bleibt dein Kontakt.
revocation-queued = Das Relay ist nicht erreichbar: Der Link stirbt, sobald es geht. Ab jetzt kommt niemand mehr darüber herein.
accept-detail = Füge den Link ein, den du bekommen hast, oder scanne den Code auf dem anderen Bildschirm.
invitation-link = Einladungslink
paste = Einfügen
scan-code = Code scannen
own-invitation = Das ist deine eigene Einladung. Gib sie jemand anderem.
known-contact = Mit diesem Konto hast du schon eine Unterhaltung.
open-conversation = Öffnen
asks-relay = Nimmst du an, wird das Relay { $relay } gefragt. Es sieht deine IP-Adresse.
accept-invitation = Einladung annehmen

## Settings

profile = Profil
profile-detail = Name und Bild
profile-explained = Deine Kontakte erfahren es nacheinander, über eine Stunde oder mehr, damit das Relay nicht sieht, wer zusammengehört. Sonst erfährt es niemand.
choose-picture = Bild wählen
remove-picture = Entfernen
privacy = Privatsphäre
privacy-detail = Was deine Kontakte erfahren
read-receipts = Gelesen melden
read-receipts-detail = Kontakte erfahren, was du gelesen hast. Ohne erfährst du es auch von ihnen nicht.
delivery-receipts = Zustellung melden
delivery-receipts-detail = Kontakte erfahren sofort, dass eine Nachricht ankam, und so ungefähr, wann du online bist. Ohne erfahren sie es Stunden später.
typing-indicator = Tippen anzeigen
typing-indicator-detail = Kontakte sehen, dass du schreibst. Ohne siehst du es auch von ihnen nicht.
secure-screen = Bildschirm verbergen
secure-screen-detail = Keine Bildschirmfotos, nichts in der Liste der letzten Apps.
app-lock = App-Sperre
app-lock-detail = Beim Start wird nach der Passphrase gefragt. Sie verschlüsselt deine Nachrichten und ist nirgends gespeichert: Vergisst du sie, sind sie verloren.
current-passphrase = Bisherige Passphrase
new-passphrase = Neue Passphrase
new-passphrase-again = Neue Passphrase, noch einmal
passphrases-differ = Die beiden sind nicht gleich.
set-passphrase = Passphrase setzen
change-passphrase = Passphrase ändern
remove-passphrase = Passphrase entfernen
storage = Speicher
store-is-checked = Die App wurde zuletzt nicht sauber beendet. Deine Nachrichten werden geprüft; du kannst inzwischen weitermachen.
messages-stored = { $count ->
    [one] Eine Nachricht ist gespeichert.
   *[other] { $count } Nachrichten sind gespeichert.
}
disk-free = { $bytes } sind auf diesem Gerät frei.
stored-messages = Nachrichten
stored-index = Suche
stored-pictures = Bilder
stored-other = Schlüssel und Ausgang
stored-free = Frei darin
clean-up = Aufräumen
older-than = { $months ->
    [one] Älter als einen Monat
   *[other] Älter als { $months } Monate
}
clean-up-title = Alte Nachrichten löschen?
clean-up-detail = Alles, was vor mehr als { $months ->
    [one] einem Monat
   *[other] { $months } Monaten
} gespeichert wurde, wird auf diesem Gerät endgültig gelöscht. Deine Kontakte behalten ihres.
cleaned = { $count } bisher gelöscht.
shrinking = { $bytes } werden diesem Gerät noch zurückgegeben.
relays = Relays
your-relay = Dein Relay
relay-state =
    .connecting = Verbindet
    .online = Verbunden
    .offline = Nicht erreichbar
    .wrong-key = Falscher Schlüssel: nichts wird gesendet
stay-connected = Verbunden bleiben
stay-connected-detail = Nachrichten kommen sofort, auch wenn die App zu ist. Das kostet etwas Akku, und solange es an ist, steht eine Mitteilung da.
relay-sees = Solange du verbunden bist, kann der Betreiber eines Relays sehen: deine IP-Adresse, wann du online bist und welche Briefkästen dein Gerät liest und beschreibt, also ein Netz von Verbindungen.
relay-does-not-see = Ein Relay sieht nicht, was du schreibst, nicht deinen Namen, nicht die Namen oder die Zahl deiner Kontakte. Was es speichert, verknüpft nichts: Kennungen ohne Bedeutung, Größen in Stufen, Zeiten auf die Stunde.
about = Über Tacita
version = Version { $version }
about-detail = Benannt nach der römischen Göttin des Schweigens. Alles wird auf euren Geräten verschlüsselt, und niemand sonst hat einen Schlüssel: nicht der Betreiber des Relays und nicht wir. Quelloffen, unter MIT oder Apache 2.0.
delete-account = Konto löschen
delete-account-title = Dein Konto endgültig löschen?
delete-account-detail = Deine Kontakte erfahren, dass du gegangen bist. Relays löschen, was sie von dir haben. Nachrichten und Schlüssel auf diesem Gerät werden gelöscht. Das lässt sich nicht rückgängig machen.
deletion-queued = Ein Relay war noch nicht erreichbar. Es wird weiter versucht, solange die App offen ist. Du kannst dieses Gerät jetzt löschen; was das Relay hat, vergeht nach 30 Tagen.

## What went wrong, and what to do next

problem =
    .no-account = Hier ist kein Konto. Lege zuerst eines an.
    .account-exists = Hier ist schon ein Konto.
    .not-found = Das gibt es nicht mehr.
    .text-length = Der Text ist zu lang. Höchstens { $limit } Bytes passen; teile ihn auf.
    .name-length = Der Name ist leer oder zu lang. Wähle einen anderen.
    .name-characters = Im Namen stehen Zeichen, die keine Schrift sind. Nimm sie heraus.
    .picture-length = Das Bild ist zu groß. Wähle ein kleineres.
    .unknown-picture-format = Das Bild ist keine JPEG-, PNG- oder WebP-Datei.
    .too-many-screens = Zu viele Bildschirme sind offen. Schließe einige.
    .wrong-state = Das geht nicht mehr. Sieh noch einmal nach.
    .too-late = Sie ist schon verschlüsselt und geht ab. Sende eine weitere.
    .export-exists = Diesen Ordner gibt es schon. Verschiebe ihn und versuche es noch einmal.
    .export-failed = Die Dateien ließen sich nicht schreiben. Wähle einen anderen Ordner.
    .link-damaged = Der Link ist abgeschnitten oder verändert. Bitte noch einmal um den ganzen.
    .link-foreign = Das ist kein Link oder Code der Art, die hier gebraucht wird.
    .link-too-new = Der Link ist von einer neueren Version. Aktualisiere die App.
    .own-invitation = Das ist deine eigene Einladung. Gib sie jemand anderem.
    .invitation-gone = Die Einladung wurde zurückgenommen, benutzt oder ist abgelaufen. Bitte um eine neue.
    .invitation-forged = Die Einladung ist nicht von dem Konto unterschrieben, das sie nennt. Benutze sie nicht; frage auf einem anderen Weg nach.
    .check-your-clock = Die Uhr dieses Geräts geht um mehr als zwei Tage falsch. Stelle sie, dann versuche es noch einmal.
    .offline = Das Relay ist nicht erreichbar. Prüfe deine Verbindung und versuche es noch einmal.
    .relay-busy = Das Relay hat gerade keinen Platz oder keine Zeit. Versuche es in { $retry-after } s noch einmal; nichts geht verloren.
    .relay-refused = Das Relay nimmt diesen Link nicht mehr an. Frage den Betreiber nach dem gültigen.
    .wrong-relay-key = Was unter der Adresse des Relays antwortet, hat nicht seinen Schlüssel: Jemand kann dazwischenstehen. Vergleiche den Link mit dem Betreiber.
    .relay-misbehaved = Das Relay antwortet, was kein Relay antworten sollte. Sag es dem Betreiber, und versuche es später noch einmal.
    .store-busy = Ein anderer Prozess hat diese Nachrichten offen. Schließe sie dort.
    .wrong-key = Der Schlüssel dieses Geräts öffnet die Nachrichten nicht. Nichts wurde geändert oder gelöscht; stelle den richtigen wieder her.
    .vault-failed = Der Schlüsselspeicher des Geräts verweigert sich. Entsperre das Gerät und versuche es noch einmal.
    .store-corrupt = Die Nachrichten waren beschädigt und wurden beiseitegelegt. Versuche es noch einmal, um neu anzufangen.
    .store-foreign = Die Nachrichten sind von einer neueren Version. Aktualisiere die App.
    .disk-full = Der Speicher ist voll. Schaffe Platz, dann versuche es noch einmal.
    .store-failed = Lesen oder Schreiben ist misslungen. Versuche es noch einmal.
    .row-damaged = Ein Teil des Gespeicherten ist nicht lesbar. Ist es ein Kontakt, lösche ihn und lade ihn neu ein.
    .test-vault-refused = Diese Version nimmt keinen Testschlüssel.
    .inbox-busy = Ein anderer Prozess sieht nach Nachrichten.
    .inbox-missing = Es gibt noch keinen Eingang. Öffne einmal die App.
    .app-locked = Die App ist gesperrt. Gib die bisherige Passphrase ein.
    .wrong-passphrase = Das ist nicht die bisherige Passphrase.
    .too-many-tries = Zu viele falsche Versuche. Warte { $retry-after } s.
    .passphrase-length = Die Passphrase ist zu kurz oder zu lang. Wähle eine andere.
    .passphrase-too-costly = Der Arbeitsspeicher reicht nicht. Schließe andere Apps und versuche es noch einmal.
    .closed = Die App muss neu geöffnet werden.
    .reopen = Die App muss neu geöffnet werden.
