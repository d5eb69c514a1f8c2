-- leaks_now
SELECT * FROM leaks_now;

-- top_growing
SELECT * FROM top_growing;

-- fingerprint_history, a month
SELECT *
FROM fingerprint_history
WHERE service = {service:String} AND fingerprint = {fingerprint:String} AND slot >= {since:DateTime64(3, 'UTC')}
ORDER BY slot;

-- fingerprint_series, a month
SELECT *
FROM fingerprint_series(service = {service:String}, fingerprint = {fingerprint:String},
    since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')});

-- fingerprint_trend, a month
SELECT *
FROM fingerprint_trend(service = {service:String}, fingerprint = {fingerprint:String},
    since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')});

-- scrape_health
SELECT * FROM scrape_health;

-- flamegraph of a service
SELECT level, label, value, self FROM flamegraph WHERE service = {service:String};

-- growth_flamegraph of a service
SELECT level, label, value, self FROM growth_flamegraph WHERE service = {service:String};

-- deploys
SELECT * FROM deploys;

-- runbook
SELECT * FROM runbook(service = {service:String}, fingerprint = {fingerprint:String});
