use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// What is logged unless the user asks for something else.
const DEFAULT: &str = "warn";

/// Never more of these, whatever is asked for: at their finest they log whole requests, and a log
/// must be fit for a public bug report.
const LIMITS: [&str; 8] = [
    "h2=info",
    "hyper=info",
    "hyper_util=info",
    "matrix_sdk=debug",
    "matrix_sdk_crypto=info",
    "reqwest=info",
    "rustls=info",
    "zbus=info",
];

/// Logs to standard error.
pub fn start(filter: Option<&str>) {
    let wanted = filter.unwrap_or(DEFAULT);
    let mut filter = EnvFilter::try_new(wanted).unwrap_or_else(|error| {
        eprintln!("galaxy-chat: --log {wanted:?} is not understood ({error}); using {DEFAULT}");
        EnvFilter::new(DEFAULT)
    });
    if filter
        .max_level_hint()
        .is_some_and(|level| level > tracing::level_filters::LevelFilter::INFO)
    {
        let limits = LIMITS.iter().filter_map(|limit| limit.parse().ok());
        filter = limits.fold(filter, EnvFilter::add_directive);
    }
    let layer = fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(layer).init();
}
