//! Certificates for TLS on loopback.

use anyhow::Result;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
};

/// A certificate authority of the test's own, which nobody trusts by themselves.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// An authority that has certified nobody yet.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority of a test");
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// The authority's own certificate.
    pub fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// A certificate for `localhost`, with its key.
    pub fn certify(&self) -> Result<(Certificate, KeyPair)> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(["localhost".to_owned()])?;
        // A name that is the authority's too would make it look like one that certifies itself.
        params.distinguished_name.push(DnType::CommonName, "localhost");
        Ok((params.signed_by(&key, &self.0)?, key))
    }
}
