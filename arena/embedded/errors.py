"""The one error of this package."""


class EmbeddedError(SystemExit):
    """Something that the embedded services need is missing; the message is one sentence for the operator.

    A SystemExit, because it is met at the entry points before Django can report anything: the process
    ends with the sentence on stderr and code 1 instead of a traceback.
    """
