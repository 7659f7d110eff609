"""Labels on the pods and the service of the application: the one thing that is asked of Kubernetes itself.

Juju has no hook tool for them. The library that does it notes in a config map what was put on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightkube import Client

logger = logging.getLogger(__name__)

TIMEOUT = 3.0
"""Seconds that each of the four requests may take to connect, and to answer: a hook is not to wait for long."""


class NotLabelledError(Exception):
    """The labels are not as they should be; the text holds Kubernetes' words."""


class ForbiddenError(NotLabelledError):
    """The application may not change its own pods."""


def put_on(application: str, labels: Mapping[str, str]) -> None:
    """Have all pods and the service of an application carry these labels, and none that was put on before.

    Kubernetes starts the pods anew if that changes anything.

    Raises:
        NotLabelledError: if it did not come to that.
    """
    _ask(application, labels)


def take_off(application: str, *, is_going: bool) -> None:
    """Take off what was put on, and the note of it.

    Args:
        application: whose labels these are.
        is_going: whether it is being removed, and its pods with it: then the note alone is left to be taken away.

    Raises:
        NotLabelledError: if it did not come to that.
    """
    _ask(application, None if is_going else {}, forget=True)


def _ask(application: str, labels: Mapping[str, str] | None, *, forget: bool = False) -> None:
    from httpx2 import HTTPError, Timeout  # noqa: PLC0415 -- hooks that ask nothing do not pay for it
    from lightkube import ApiError, Client, ConfigError, KubeConfig  # noqa: PLC0415

    # A line of a log is a process, and of each request these tell a dozen.
    for library in ("httpx2", "httpcore2"):
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        # The pod's own account and namespace, and never what a KUBECONFIG on some machine names.
        config = KubeConfig.from_service_account()
        with Client(config, timeout=Timeout(TIMEOUT), field_manager=application) as client:
            _reconcile(client, application, labels, forget=forget)
    except ApiError as error:
        raise (ForbiddenError if error.status.code in _DENIED else NotLabelledError)(str(error)) from error
    except (ConfigError, OSError) as error:
        raise NotLabelledError(f"Kubernetes gives this pod no account: {error}") from error
    except (HTTPError, LookupError, ValueError) as error:  # the latter two where others have changed the config map
        raise NotLabelledError(str(error) or type(error).__name__) from error


_DENIED = (401, 403)


def _reconcile(client: Client, application: str, labels: Mapping[str, str] | None, *, forget: bool) -> None:
    from canonical_service_mesh.utils.istio import (  # noqa: PLC0415 -- as above
        label_configmap_name_template,
        reconcile_charm_labels,
    )
    from lightkube import ApiError  # noqa: PLC0415
    from lightkube.resources.core_v1 import ConfigMap  # noqa: PLC0415

    note = label_configmap_name_template.format(app_name=application)
    if labels is not None:
        reconcile_charm_labels(client, application, client.namespace, note, dict(labels))
        logger.info("the pods have the labels %s", labels)
    if forget:
        try:
            client.delete(ConfigMap, note)
        except ApiError as error:
            if error.status.code != 404:  # noqa: PLR2004 -- there is nothing to take away
                raise
