"""The error tree: one root, stable codes, a safe message in two languages, a cause and a remedy.

Every exception that leaves the library is an :class:`EidError`. A program decides by ``code`` (or by
class), shows ``public_message`` to people, and logs ``str(error)``: none of the three ever holds
personal data, key material or APDU bytes. ``docs/errors.md`` is generated from the attributes below.
"""

from eid.errors.accounts import *
from eid.errors.attempts import *
from eid.errors.base import *
from eid.errors.bulk import *
from eid.errors.card import *
from eid.errors.qr import *
from eid.errors.sign_in import *
from eid.errors.stores import *
from eid.errors.tokens import *
from eid.errors.usage import *
