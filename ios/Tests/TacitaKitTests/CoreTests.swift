import Testing

@testable import TacitaKit

@Suite struct CoreTests {
    @Test func theCoreAnswersWithItsVersion() throws {
        let version = try Core.version()
        #expect(version.wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    }
}
