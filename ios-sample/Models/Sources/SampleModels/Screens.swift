// All screens of one user.
import FoodLens

/// They stand over one session, and end with it.
@MainActor
public final class Screens {
    public let user: String
    public let way = Way()
    public let banner: BannerModel
    public let allergies: AllergiesModel
    public let history: HistoryModel
    public let profile: ProfileModel
    public let queue: QueueModel
    public let questions: QuestionsModel
    public let settings: SettingsModel
    let session: Session

    init(_ session: Session) {
        self.session = session
        user = session.userID
        banner = BannerModel(session)
        allergies = AllergiesModel(session)
        history = HistoryModel(session)
        profile = ProfileModel(session)
        queue = QueueModel(session)
        questions = QuestionsModel(session)
        settings = SettingsModel(session)
    }

    /// What every screen shows: the banner, and the colours that the person has chosen. Until the view goes.
    public func follow() async {
        async let banner: Void = banner.follow()
        await settings.follow()
        await banner
    }
}
