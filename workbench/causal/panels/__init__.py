"""Any long panel: group-time effects, imputation, fixed effects, and what stands if trends are not parallel."""
