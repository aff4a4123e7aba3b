// What screens of lines are made of.
import SwiftUI
import TacitaKit

/// What a line says: in a link or a button, or alone.
struct Line: View {
    let title: String
    var detail: String?
    var icon: String?

    var body: some View {
        if let icon { Label { labels } icon: { Image(systemName: icon) } } else { labels }
    }

    private var labels: some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(title)
            if let detail { Text(detail).font(.subheadline).foregroundStyle(Color.onTheirs) }
        }
    }
}

/// A line that is switched on and off.
struct SwitchLine: View {
    let title: String
    var detail: String?
    let isOn: Bool
    let set: @MainActor (Bool) -> Void

    var body: some View {
        Toggle(isOn: Binding(get: { isOn }, set: set)) { Line(title: title, detail: detail) }
    }
}

/// A button that asks before it does what cannot be taken back.
struct AskingButton: View {
    let line: Line
    var role: ButtonRole? = .destructive
    let title: String
    let text: String
    let answer: String
    let act: @MainActor () -> Void
    @State private var isAsked = false

    var body: some View {
        Button(role: role) { isAsked = true } label: { line }
            .confirmationDialog(title, isPresented: $isAsked, titleVisibility: .visible) {
                Button(answer, role: .destructive, action: act)
            } message: {
                Text(text)
            }
    }
}

extension View {
    /// A screen of lines: its title, its ground, and above all else what went wrong.
    func page<Shown: Sendable>(_ title: String, _ model: Model<Shown>) -> some View {
        page(title).safeAreaInset(edge: .top, spacing: 0) { ProblemBanner(model: model).padding(.horizontal) }
    }

    func page(_ title: String) -> some View {
        scrollContentBackground(.hidden).background(Color.ground)
            .navigationTitle(title).navigationBarTitleDisplayMode(.inline)
    }
}
