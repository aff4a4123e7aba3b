// The user's own name and picture.
import PhotosUI
import SwiftUI
import TacitaBindings
import TacitaKit

struct ProfileScreen: View {
    let model: SettingsModel

    var body: some View {
        Form {
            if let profile = model.state.profile { Fields(profile: profile, model: model) }
        }
        // When what is stored has changed, the fields begin with that.
        .id(model.state.profile?.revision)
        .page(words.profile, model)
    }
}

private struct Fields: View {
    let profile: ProfileView
    let model: SettingsModel
    @State private var name: String
    @State private var picture: Data?
    @State private var chosen: PhotosPickerItem?

    init(profile: ProfileView, model: SettingsModel) {
        self.profile = profile
        self.model = model
        _name = State(initialValue: profile.name)
        _picture = State(initialValue: profile.picture)
    }

    var body: some View {
        Section {
            Avatar(name: name, picture: picture, size: 96).frame(maxWidth: .infinity).listRowBackground(Color.clear)
            PhotosPicker(words.choosePicture, selection: $chosen, matching: .images)
                .task(id: chosen) {
                    guard let file = try? await chosen?.loadTransferable(type: Data.self) else { return }
                    picture = await shrink(file) ?? picture
                }
            if picture != nil { Button(words.removePicture, role: .destructive) { picture = nil } }
        }
        Section {
            TextField(words.yourName, text: $name)
            Button(words.save) { model.setProfile(name: name, picture: picture) }
                .disabled(name.isBlank || name == profile.name && picture == profile.picture)
        } footer: {
            Text(words.profileExplained)
        }
    }
}
