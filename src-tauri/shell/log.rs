use tracing::trace;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::FilterExt as _, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// What is logged unless the user asks for something else: what this app's own code warns of, not
/// what its libraries think worth a warning.
const DEFAULT: &str = "galaxy_chat=warn,galaxy_chat_core=warn";

/// Never more than this, however exactly more is asked for: at their finest these log whole
/// requests, and a log must be fit for a public bug report.
const LIMITS: &str = "trace,h2=info,hyper=info,hyper_util=info,matrix_sdk=debug,\
    matrix_sdk_crypto=info,reqwest=info,rustls=info,zbus=info";

/// Logs to standard error.
pub fn start(filter: Option<&str>) {
    let wanted = filter.unwrap_or(DEFAULT);
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|error| {
        eprintln!("galaxy-chat: --log {wanted:?} is not understood ({error}); using {DEFAULT}");
        EnvFilter::new(DEFAULT)
    });
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = layer.with_filter(filter.and(EnvFilter::new(LIMITS)));
    tracing_subscriber::registry().with(layer).init();
    trace!(wanted, version = env!("CARGO_PKG_VERSION"), "the log begins");
}
