"""Verify an answer of any method against the map's own images."""

from reloc.trust.verification.config import VerificationConfig as VerificationConfig
from reloc.trust.verification.evidence import Evidence as Evidence
from reloc.trust.verification.evidence import Finding as Finding
from reloc.trust.verification.evidence import Verified as Verified
from reloc.trust.verification.verifier import Verifier as Verifier
