(SELECT 0 AS k, (SELECT count FROM kvetch_counts WHERE edge = ? AND from_id = ?) AS said, (SELECT COUNT(*) FROM kvetch_edges WHERE edge = ? AND from_id = ?) AS found) UNION ALL ...
(SELECT 0 AS k, target FROM kvetch_index WHERE index_id = ? AND value = ? AND target > ? ORDER BY target LIMIT ?)
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key < ? OR (sort_key = ? AND to_id < ?)) AND sort_key >= ? ORDER BY sort_key DESC, to_id DESC LIMIT ?)
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key < ? OR (sort_key = ? AND to_id < ?)) AND sort_key >= ? ORDER BY sort_key DESC, to_id DESC LIMIT ?) UNION ALL ...
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key < ? OR (sort_key = ? AND to_id < ?)) ORDER BY sort_key DESC, to_id DESC LIMIT ?)
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key < ? OR (sort_key = ? AND to_id < ?)) ORDER BY sort_key DESC, to_id DESC LIMIT ?) UNION ALL ...
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key > ? OR (sort_key = ? AND to_id > ?)) AND sort_key < ? ORDER BY sort_key, to_id LIMIT ?)
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key > ? OR (sort_key = ? AND to_id > ?)) AND sort_key < ? ORDER BY sort_key, to_id LIMIT ?) UNION ALL ...
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key > ? OR (sort_key = ? AND to_id > ?)) ORDER BY sort_key, to_id LIMIT ?)
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND (sort_key > ? OR (sort_key = ? AND to_id > ?)) ORDER BY sort_key, to_id LIMIT ?) UNION ALL ...
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? ORDER BY sort_key DESC, to_id DESC LIMIT ?)
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? ORDER BY sort_key DESC, to_id DESC LIMIT ?) UNION ALL ...
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? ORDER BY sort_key, to_id LIMIT ?)
(SELECT 0 AS k, to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? ORDER BY sort_key, to_id LIMIT ?) UNION ALL ...
(SELECT 0 AS k, value, target FROM kvetch_index WHERE index_id = ? AND (value > ? OR (value = ? AND target > ?)) AND value < ? ORDER BY value, target LIMIT ?)
COMMIT
DELETE FROM kvetch_claims WHERE index_id = ? AND value = ?
DELETE FROM kvetch_counts WHERE count = ? AND ((edge = ? AND from_id = ?))
DELETE FROM kvetch_counts WHERE edge = ? AND from_id = ?
DELETE FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id = ?
DELETE FROM kvetch_fences WHERE source = ? AND raised < ? AND (version > 0 OR raised < ?)
DELETE FROM kvetch_fences WHERE source = ? AND version = 0
DELETE FROM kvetch_index WHERE index_id = ? AND value = ? AND target = ?
DELETE FROM kvetch_intents WHERE source = ?
DELETE FROM kvetch_intents WHERE source = ? AND version = ?
DELETE FROM kvetch_nodes WHERE id = ? AND updated < ? AND type < ? AND NOT EXISTS (SELECT ? FROM kvetch_intents WHERE source = ?)
DELETE FROM kvetch_writes WHERE write_id = ? AND written < ?
INSERT INTO kvetch_claims (index_id, value, holder, version, nonce, claimed) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO kvetch_counts (edge, from_id, count) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE count = count
INSERT INTO kvetch_counts (edge, from_id, count) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE count = count + VALUES(count)
INSERT INTO kvetch_edges (edge, from_id, to_id, sort_key) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE sort_key = VALUES(sort_key)
INSERT INTO kvetch_edges (edge, from_id, to_id, sort_key, props) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE sort_key = VALUES(sort_key), props = VALUES(props)
INSERT INTO kvetch_fences (source, version, raised) VALUES (?, 0, ?) ON DUPLICATE KEY UPDATE source = VALUES(source)
INSERT INTO kvetch_fences (source, version, raised) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE raised = IF(version < VALUES(version) OR version = ?, VALUES(raised), raised), version = GREATEST(version, VALUES(version))
INSERT INTO kvetch_index (index_id, value, target) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE target = VALUES(target)
INSERT INTO kvetch_intents (source, version, changes, written) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version), changes = VALUES(changes)
INSERT INTO kvetch_meta (`key`, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value)
INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO kvetch_writes (write_id, source, version, outcome, written) VALUES (?, ?, ?, '', ?) ON DUPLICATE KEY UPDATE source = VALUES(source), version = VALUES(version), written = VALUES(written)
INSERT INTO kvetch_writes (write_id, source, version, outcome, written) VALUES (?, ?, ?, ?, ?)
ROLLBACK
SELECT (SELECT COUNT(*) FROM kvetch_intents), (SELECT COUNT(*) FROM kvetch_fences), (SELECT COUNT(*) FROM kvetch_writes)
SELECT 1 FROM kvetch_nodes WHERE id = ? AND type > 0 LOCK IN SHARE MODE
SELECT @@max_allowed_packet,@@wait_timeout
SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()
SELECT COUNT(*) FROM kvetch_edges WHERE edge = ? AND from_id = ?
SELECT MIN(written) FROM kvetch_intents
SELECT `key`, value FROM kvetch_meta
SELECT edge, from_id, to_id, sort_key FROM kvetch_edges FORCE INDEX (kvetch_edges_by_end) WHERE (edge = ? AND from_id = ? AND to_id = ?) FOR UPDATE
SELECT from_id, count FROM kvetch_counts WHERE edge = ? AND from_id > ? ORDER BY from_id LIMIT ?
SELECT from_id, count FROM kvetch_counts WHERE edge = ? AND from_id IN (?)
SELECT from_id, sort_key FROM kvetch_edges WHERE edge = ? AND to_id = ? AND from_id IN (?)
SELECT from_id, sort_key, to_id, props FROM kvetch_edges FORCE INDEX (PRIMARY) WHERE edge = ? AND (from_id > ? OR (from_id = ? AND (sort_key > ? OR (sort_key = ? AND to_id > ?)))) ORDER BY from_id, sort_key, to_id LIMIT ?
SELECT from_id, to_id FROM kvetch_edges FORCE INDEX (kvetch_edges_by_end) WHERE edge = ? AND (from_id > ? OR (from_id = ? AND to_id > ?)) ORDER BY from_id, to_id LIMIT ?
SELECT id, type, version, created, updated, body FROM kvetch_nodes FORCE INDEX (kvetch_nodes_by_type) WHERE type = ? AND id > ? ORDER BY id LIMIT ?
SELECT id, type, version, created, updated, body FROM kvetch_nodes WHERE id IN (?) AND type > 0
SELECT id, type, version, updated FROM kvetch_nodes WHERE type < 0 AND id IN (?)
SELECT id, updated, type FROM kvetch_nodes FORCE INDEX (kvetch_nodes_by_type) WHERE (type > ? OR (type = ? AND id > ?)) AND type < 0 ORDER BY type, id LIMIT ?
SELECT k, (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 0), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 1) FROM (SELECT 0 AS k, CAST(? AS BINARY(16)) AS id UNION ALL ...
SELECT k, (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 0), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 1), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 2) FROM (SELECT 0 AS k, CAST(? AS BINARY(16)) AS id UNION ALL ...
SELECT k, (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 0), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 1), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 2), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 3), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 4), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 5), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 6), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 7), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key DESC, to_id DESC LIMIT 1 OFFSET 8) FROM (SELECT 0 AS k, CAST(? AS BINARY(16)) AS id UNION ALL ...
SELECT k, (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 0), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 1) FROM (SELECT 0 AS k, CAST(? AS BINARY(16)) AS id UNION ALL ...
SELECT k, (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 0), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 1), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 2) FROM (SELECT 0 AS k, CAST(? AS BINARY(16)) AS id UNION ALL ...
SELECT k, (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 0), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 1), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 2), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 3), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 4), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 5), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 6), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 7), (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges WHERE edge = ? AND from_id = s.id ORDER BY sort_key, to_id LIMIT 1 OFFSET 8) FROM (SELECT 0 AS k, CAST(? AS BINARY(16)) AS id UNION ALL ...
SELECT n.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes FROM kvetch_nodes n FORCE INDEX (PRIMARY) LEFT JOIN kvetch_intents i FORCE INDEX (PRIMARY) ON i.source = n.id WHERE n.id IN (?) FOR UPDATE
SELECT source, raised FROM kvetch_fences WHERE source > ? ORDER BY source LIMIT ?
SELECT source, version, changes FROM kvetch_intents WHERE source = ? FOR UPDATE
SELECT source, version, changes FROM kvetch_intents WHERE source > ? ORDER BY source LIMIT ?
SELECT t.type, e.sort_key, f.sort_key, n.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes FROM kvetch_nodes n LEFT JOIN kvetch_nodes t ON t.id = ? LEFT JOIN kvetch_intents i ON i.source = ? LEFT JOIN kvetch_edges e ON e.edge = ? AND e.from_id = ? AND e.to_id = ? LEFT JOIN kvetch_edges f ON f.edge = ? AND f.from_id = ? AND f.to_id = ? WHERE n.id = ? FOR UPDATE
SELECT t.type, e.sort_key, f.sort_key, n.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes FROM kvetch_nodes t LEFT JOIN kvetch_nodes n ON n.id = ? LEFT JOIN kvetch_intents i ON i.source = ? LEFT JOIN kvetch_edges e ON e.edge = ? AND e.from_id = ? AND e.to_id = ? LEFT JOIN kvetch_edges f ON f.edge = ? AND f.from_id = ? AND f.to_id = ? WHERE t.id = ? FOR UPDATE
SELECT to_id, sort_key FROM kvetch_edges WHERE edge = ? AND from_id = ? ORDER BY sort_key, to_id LIMIT ?
SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id = ?
SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id IN (?)
SELECT type, COUNT(*) FROM kvetch_nodes GROUP BY type
SELECT value, holder, version, nonce, claimed FROM kvetch_claims WHERE index_id = ? AND value = ? FOR UPDATE
SELECT value, holder, version, nonce, claimed FROM kvetch_claims WHERE index_id = ? AND value > ? ORDER BY value LIMIT ?
SELECT version FROM kvetch_fences WHERE source = ? FOR UPDATE
SELECT version FROM kvetch_writes WHERE write_id = ? FOR UPDATE
SELECT w.outcome, i.source, i.version, i.changes FROM kvetch_writes w LEFT JOIN kvetch_intents i ON i.source = w.source WHERE w.write_id = ?
SELECT w.write_id, w.outcome, i.source, i.version, i.changes FROM kvetch_writes w LEFT JOIN kvetch_intents i ON i.source = w.source WHERE w.write_id IN (?)
SELECT write_id, written FROM kvetch_writes WHERE write_id > ? ORDER BY write_id LIMIT ?
SET NAMES binary
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED
SET SESSION autocommit = ? /*M!? , max_statement_time = ? */ /*!? , max_execution_time = ? */
SET SESSION autocommit = ?, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ? /*M!? , max_statement_time = ? */ /*!? , max_execution_time = ? */
START TRANSACTION
UPDATE kvetch_claims SET holder = ?, version = ?, nonce = ?, claimed = ? WHERE index_id = ? AND value = ?
UPDATE kvetch_counts SET count = ? WHERE edge = ? AND from_id = ?
UPDATE kvetch_nodes FORCE INDEX (PRIMARY) SET version = version + ? WHERE id IN (?)
UPDATE kvetch_nodes SET type = ?, version = ?, updated = ?, body = ? WHERE id = ?
UPDATE kvetch_nodes SET version = ? WHERE id = ?
UPDATE kvetch_nodes SET version = ?, updated = ?, body = ? WHERE id = ?
