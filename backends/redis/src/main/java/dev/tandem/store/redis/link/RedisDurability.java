package dev.tandem.store.redis.link;

import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one server does to keep what it has acknowledged, as it said itself.
 *
 * @param server where it listens
 * @param version such as 6.2.11
 * @param appendOnly whether it keeps an append-only file
 * @param appendFsync when that file goes to the disk: always, everysec or no; null if the server does not tell
 * @param save its snapshot rules, such as "3600 1"; empty for none, null if the server does not tell
 * @param replicas how many replicas are connected
 * @param minReplicasToWrite fewer replicas in step than this and it refuses writes; null if the server does not tell
 * @param maxMemoryPolicy what it does when its memory is full
 * @param waits what we wait for after each write
 */
public record RedisDurability(
        String server,
        String version,
        boolean appendOnly,
        @Nullable String appendFsync,
        @Nullable String save,
        int replicas,
        @Nullable Integer minReplicasToWrite,
        String maxMemoryPolicy,
        RedisRequirement waits) {

    /**
     * Reads what INFO and CONFIG GET answered.
     *
     * @param config what CONFIG GET gave; empty if it is forbidden
     */
    static RedisDurability read(Endpoint server, String info, Map<String, String> config, RedisRequirement waits) {
        Map<String, String> said = lines(info);
        String minReplicas = config.get("min-replicas-to-write");
        return new RedisDurability(
                server.toString(),
                said.getOrDefault("valkey_version", said.getOrDefault("redis_version", "unknown")),
                said.getOrDefault("aof_enabled", "0").equals("1"),
                config.get("appendfsync"),
                config.get("save"),
                Integer.parseInt(said.getOrDefault("connected_slaves", "0")),
                minReplicas == null ? null : Integer.valueOf(minReplicas),
                said.getOrDefault("maxmemory_policy", "noeviction"),
                waits);
    }

    static Map<String, String> lines(String info) {
        Map<String, String> said = new HashMap<>();
        info.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                said.put(line.substring(0, colon), line.substring(colon + 1));
            }
        });
        return said;
    }

    static void addTo(Map<String, String> config, @Nullable Response map) {
        if (map != null) {
            for (String key : map.getKeys()) {
                config.put(key, String.valueOf(map.get(key)));
            }
        }
    }

    /** The same server for somebody who waits for this after each write. */
    public RedisDurability waitingFor(RedisRequirement require) {
        return new RedisDurability(
                server, version, appendOnly, appendFsync, save, replicas, minReplicasToWrite, maxMemoryPolicy, require);
    }

    /** Whether an acknowledged write is on the disk of this server. */
    public boolean onDisk() {
        return waits.waitDisk() || (appendOnly && "always".equals(appendFsync));
    }

    /** What goes with the power of this server's machine, in one sentence. */
    public String powerCutLoses() {
        if (onDisk()) {
            return "A power cut loses nothing that was acknowledged.";
        }
        if (appendOnly) {
            return appendFsync == null
                    ? "A power cut loses the last second of writes or more: the server does not tell its appendfsync."
                    : appendFsync.equals("everysec")
                            ? "A power cut loses up to the last two seconds of writes (appendfsync everysec)."
                            : "A power cut loses what the system had not yet written, often 30 seconds of writes"
                                    + " (appendfsync " + appendFsync + ").";
        }
        if (save == null) {
            return "A power cut or a crash loses all writes since the last snapshot, if there is one: the server keeps"
                    + " no append-only file and does not tell its save rules.";
        }
        return save.isEmpty()
                ? "A power cut, a crash or a restart loses all tasks: the server writes nothing to its disk."
                : "A power cut or a crash loses all writes since the last snapshot (save " + save + ").";
    }

    /** The same in a word: nothing, seconds, unflushed, since_snapshot or everything. */
    public String powerCutLosesWord() {
        if (onDisk()) {
            return "nothing";
        }
        if (appendOnly) {
            return "everysec".equals(appendFsync) ? "seconds" : "unflushed";
        }
        return save == null || !save.isEmpty() ? "since_snapshot" : "everything";
    }

    /** What goes when a replica takes over, in one sentence. */
    public String failoverLoses() {
        if (replicas == 0) {
            return "There is no replica to take over.";
        }
        if (waits.waitReplicas() >= replicas) {
            return "A failover loses nothing that was acknowledged.";
        }
        if (waits.waitReplicas() > 0) {
            return "A failover to a replica that acknowledged the last writes loses nothing; only "
                    + waits.waitReplicas() + " of " + replicas + " replicas are waited for.";
        }
        return "A failover loses acknowledged writes that the replica had not got yet, usually milliseconds of them"
                + (minReplicasToWrite != null && minReplicasToWrite > 0
                        ? ", and at most min-replicas-max-lag seconds of them."
                        : "; without bound if the primary was cut off from its replicas.");
    }

    /** The same in a word: no_replica, nothing, unless_in_step, bounded or unbounded. */
    public String failoverLosesWord() {
        if (replicas == 0) {
            return "no_replica";
        }
        if (waits.waitReplicas() > 0) {
            return waits.waitReplicas() >= replicas ? "nothing" : "unless_in_step";
        }
        return minReplicasToWrite != null && minReplicasToWrite > 0 ? "bounded" : "unbounded";
    }

    /** What of {@code require} it does not do, each with what to set; empty if it does all. */
    public List<String> shortOf(RedisRequirement require) {
        List<String> lacking = new ArrayList<>();
        if (require.aof() && !appendOnly) {
            lacking.add("its append-only file is off (set appendonly yes)");
        }
        if (require.fsync() && appendFsync == null) {
            lacking.add("it does not let us read appendfsync (allow the user CONFIG GET)");
        } else if (require.fsync() && !"always".equals(appendFsync)) {
            lacking.add("it does not write to the disk before it answers (set appendfsync always)");
        }
        if (require.minReplicas() > 0 && minReplicasToWrite == null) {
            lacking.add("it does not let us read min-replicas-to-write (allow the user CONFIG GET)");
        } else if (minReplicasToWrite != null && minReplicasToWrite < require.minReplicas()) {
            lacking.add("it takes writes with " + minReplicasToWrite + " replicas (set min-replicas-to-write "
                    + require.minReplicas() + ")");
        }
        if (require.waitDisk() && "no".equals(appendFsync)) {
            lacking.add(
                    "it never asks its disk, so that WAITAOF would not succeed (set appendfsync everysec or always)");
        }
        if (require.waitDisk() && !atLeast(version, 7, 2)) {
            lacking.add("its version " + version + " has no WAITAOF (7.2 has)");
        }
        return lacking;
    }

    /**
     * Null if it keeps what it has; else why tasks can't be kept there. The policies called volatile delete only keys
     * with a time to live, which ours never have.
     */
    @Nullable
    String evicts() {
        return maxMemoryPolicy.startsWith("allkeys")
                ? "it would delete tasks when its memory is full (maxmemory-policy " + maxMemoryPolicy
                        + "): set maxmemory-policy noeviction"
                : null;
    }

    static boolean atLeast(String version, int major, int minor) {
        String[] numbers = version.split("\\.", -1);
        try {
            int itsMajor = Integer.parseInt(numbers[0]);
            int itsMinor = numbers.length > 1 ? Integer.parseInt(numbers[1]) : 0;
            return itsMajor > major || (itsMajor == major && itsMinor >= minor);
        } catch (NumberFormatException e) {
            return true; // a name of its own; what it lacks it will say
        }
    }
}
