// Something to be known above all else on a screen, with what can be done about it.
import SwiftUI
import TacitaKit
import UIKit

/// How much a banner matters.
enum Tone {
    case quiet, note, error

    fileprivate var colours: (ground: Color, text: Color) {
        switch self {
        case .quiet: (.theirs, .onTheirs)
        case .note: (.warmGround, .onWarmGround)
        case .error: (.alarmGround, .onAlarmGround)
        }
    }
}

struct Banner: View {
    let text: String
    let tone: Tone
    var label: String?
    var act: @MainActor () -> Void = {}

    var body: some View {
        VStack(alignment: .trailing, spacing: 4) {
            Label(text, systemImage: tone == .quiet ? "info.circle" : "exclamationmark.triangle")
                .frame(maxWidth: .infinity, alignment: .leading)
            if let label { Button(label, action: act).fontWeight(.semibold).buttonStyle(.borderless) }
        }
        .font(.subheadline).foregroundStyle(tone.colours.text).tint(tone.colours.text)
        .padding(12).background(tone.colours.ground, in: .rect(cornerRadius: 10))
        .listRowInsets(EdgeInsets()).listRowBackground(Color.clear).listRowSeparator(.hidden)
    }
}

/// What went wrong on a screen, and what to do, until the user has seen it.
struct ProblemBanner<Shown: Sendable>: View {
    let model: Model<Shown>

    var body: some View {
        if let problem = model.problem.map(words.problem) {
            Banner(text: problem, tone: .error, label: words.close, act: model.dismissProblem)
                .onChange(of: problem, initial: true) {
                    UIAccessibility.post(notification: .announcement, argument: problem)
                }
        }
    }
}
