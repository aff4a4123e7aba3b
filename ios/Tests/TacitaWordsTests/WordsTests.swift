import Foundation
import TacitaBindings
import TacitaWords
import Testing

/// What the screens say, in each language.
struct WordsTests {
    private let english = wordsOf(Locale(identifier: "en-US"))
    private let german = wordsOf(Locale(identifier: "de-AT"))
    private let japanese = wordsOf(Locale(identifier: "ja"))

    @Test func aLanguageIsTheUsersOrElseEnglish() {
        #expect([english, german, japanese].map(\.newContact) == ["New contact", "Neuer Kontakt", "連絡先を追加"])
        #expect(wordsOf(Locale(identifier: "fr-FR")).newContact == english.newContact)
    }

    @Test func numbersAreWrittenAsTheLanguageDoes() {
        #expect(english.messagesStored(1) == "One message is stored.")
        #expect(english.messagesStored(12_345) == "12,345 messages are stored.")
        #expect(german.messagesStored(12_345) == "12.345 Nachrichten sind gespeichert.")
        #expect([0, 999, 1_500, 25_000_000].map { german.bytes($0) } == ["0 B", "999 B", "1,5 KB", "25 MB"])
    }

    @Test func errorsSayWhatTheyCarry() {
        #expect(english.problem(.TextLength(limit: 65_536)).contains("65,536"))
        #expect(english.problem(.RelayBusy(retryAfter: 7)).contains("7\u{A0}s"))
    }

    @Test func aDayIsSaidUnlessItIsToday() {
        let now = UInt64(Date().timeIntervalSince1970 * 1000)
        #expect(english.shortTime(0) == "")
        #expect(english.shortTime(now) == english.clock(now))
        #expect(english.shortTime(now - 86_400_000) != english.clock(now - 86_400_000))
        #expect(english.isSameDay(now, now) && !english.isSameDay(now, now - 86_400_000))
    }

    @Test func aMessageIsSaidInOneLine() {
        #expect(english.bodyShort(.text(text: "\n  \nFirst\nSecond")) == "First")
        #expect(english.bodyShort(.missing) == english.missing)
    }
}
