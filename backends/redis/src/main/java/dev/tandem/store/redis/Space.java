package dev.tandem.store.redis;

import dev.tandem.store.redis.link.RedisLink;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What this process knows of one namespace: its keys, and what the server has acknowledged, so that a server which has
 * forgotten some of it is noticed.
 *
 * <p>The era is a random word that a namespace gets when its first record is written, and again when an operator accepts
 * a loss. Versions only rise within one. Safe for use by several threads.
 */
final class Space {
    /**
     * What a command expects of the server.
     *
     * @param era {@link #UNKNOWN_ERA} if none is known
     * @param floor the highest version that was ever seen in a reply
     * @param check the highest version that was acknowledged to this process, whose entry is to be looked at; 0 for no
     *     look
     * @param generation of the connection, as it was when the command was made
     */
    record Expectation(String era, long floor, long check, long generation) {}

    static final String UNKNOWN_ERA = "-".repeat(CommandPacker.WORD_LENGTH);

    final String namespace;
    /** Of the records, the index, the stream of changes and the outbox. */
    final byte[] records;

    final byte[] index;
    final byte[] changes;

    final byte[] outbox;

    /** Calls that bring the text of a script which the server does not know. */
    final ConcurrentHashMap<Script, Future<Response>> loading = new ConcurrentHashMap<>();

    private String era = UNKNOWN_ERA;
    private long seenVersion;
    private long ownVersion;
    private long verifiedGeneration = -1;
    private volatile long registeredGeneration = -1;
    private volatile long outboxEpoch = -1;

    Space(String namespace) {
        this.namespace = Objects.requireNonNull(namespace);
        String tag = "tandem:" + RedisLink.hashTag(namespace);
        this.records = (tag + ":records").getBytes(StandardCharsets.UTF_8);
        this.index = (tag + ":index").getBytes(StandardCharsets.UTF_8);
        this.changes = (tag + ":changes").getBytes(StandardCharsets.UTF_8);
        this.outbox = (tag + ":outbox").getBytes(StandardCharsets.UTF_8);
    }

    synchronized Expectation expect(long generation) {
        boolean look = generation != verifiedGeneration;
        return new Expectation(era, seenVersion, look ? ownVersion : 0, generation);
    }

    /**
     * A command was answered.
     *
     * @param newEra the namespace's, if it is not the one that the command expected; else null
     * @param counter the namespace's newest version
     * @param written the version that the command wrote, or 0
     * @param generation of the connection as it is now
     */
    synchronized void answered(
            Expectation expected, @Nullable String newEra, long counter, long written, long generation) {
        String current = newEra == null ? expected.era() : newEra;
        if (!current.equals(era)) {
            if (!expected.era().equals(era)) {
                // An answer from before the era that another call has learnt since.
                return;
            }
            era = current;
            seenVersion = counter;
            ownVersion = 0;
        }
        seenVersion = Math.max(seenVersion, counter);
        if (expected.check() > 0 || ownVersion == 0) {
            verifiedGeneration = Math.max(verifiedGeneration, expected.generation());
        }
        // What was written before the older writes were verified does not take their place.
        if (ownVersion == 0 || generation == verifiedGeneration) {
            ownVersion = Math.max(ownVersion, written);
        }
    }

    /** Whether it is known that the gate of this epoch has an outbox: of one epoch there is one gate. */
    boolean hasOutbox(long epoch) {
        return outboxEpoch == epoch;
    }

    void foundOutbox(long epoch) {
        outboxEpoch = epoch;
    }

    boolean isRegistered(long generation) {
        return registeredGeneration == generation;
    }

    void registered(long generation) {
        registeredGeneration = generation;
    }
}
