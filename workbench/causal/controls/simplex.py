"""Least squares with weights that are not negative and sum to one, solved exactly."""

import numpy as np

from workbench.causal.controls.control_panel import Floats


def simplex_weights(donors: Floats, treated: Floats, *, ridge: float = 0.0) -> Floats:
    r"""Return the convex combination of donors nearest to the treated.

    Minimizes :math:`\lVert X_0 w - x_1 \rVert^2 + r \lVert w \rVert^2` over :math:`w \ge 0, \sum w = 1`.

    Parameters
    ----------
    donors : ndarray, shape (n_rows, n_donors)
    treated : ndarray, shape (n_rows,)
    ridge : float
        :math:`r`, in squared units of the rows.

    Returns
    -------
    ndarray, shape (n_donors,)

    Notes
    -----
    On the simplex :math:`X_0 w - x_1 = B w` with :math:`B = X_0 - x_1 1'`. Non-negative least squares of
    :math:`[B; 1'] u = [0; 1]` has :math:`u = s w`, and for each direction the best scale leaves
    :math:`\lVert B w \rVert^2 / (1 + \lVert B w \rVert^2)`, which rises with :math:`\lVert B w \rVert`: its
    direction is the answer, with no tolerance to choose. pysyncon's SLSQP reaches the same weights, some hundred times
    slower, and stops short of them where predictors are nearly collinear (compared in the tests).

    Examples
    --------
    >>> simplex_weights(np.array([[0.0, 4.0], [2.0, 2.0]]), np.array([1.0, 2.0])).round(6)
    array([0.75, 0.25])
    """
    from scipy.optimize import nnls

    rows = donors - treated[:, None]
    if ridge > 0:
        rows = np.vstack([rows, np.sqrt(ridge) * np.eye(donors.shape[1])])
    size = float(np.sqrt(np.mean(np.square(rows)))) or 1.0
    stacked = np.vstack([rows / size, np.ones(donors.shape[1])])
    target = np.zeros(len(stacked))
    target[-1] = 1.0
    scaled, _ = nnls(stacked, target, maxiter=50 * donors.shape[1])
    weights: Floats = scaled / scaled.sum()
    return weights
