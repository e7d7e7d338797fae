package dev.tandem.store.redis;

import dev.tandem.task.Verb;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A Lua script that runs on the server: the parts that it needs, one after the other, and then its own.
 *
 * <p>The server runs a script's whole text at each call, so that each verb has a script of its own, without what only
 * others need.
 */
@SuppressWarnings("ImmutableEnumChecker") // Nobody writes to the arrays; the client takes its arguments as such.
enum Script {
    CREATE("head", "time", "create_new", "commit", "record", "task", "create"),
    UPDATE("head", "time", "commit", "record", "task", "on_task", "update"),
    UPDATE_PART("head", "time", "commit", "record", "task", "on_task", "rules", "update_part"),
    TRANSITION("head", "time", "commit", "record", "task", "on_task", "rules", "holder", "revive", "transition"),
    RENEW("head", "time", "commit", "record", "task", "on_task", "renew"),
    COMPLETE("head", "time", "commit", "record", "task", "on_task", "rules", "holder", "complete"),
    FAIL("head", "time", "commit", "record", "task", "on_task", "rules", "holder", "fail"),
    RELEASE("head", "time", "commit", "record", "task", "on_task", "rules", "holder", "release"),
    CANCEL("head", "time", "commit", "record", "task", "on_task", "rules", "revive", "cancel"),
    RETRY("head", "time", "commit", "record", "task", "on_task", "rules", "revive", "retry"),
    DELETE("head", "time", "commit", "record", "task", "delete"),
    CLAIM("head", "time", "commit", "record", "task", "rules", "sweep_leases", "walk", "claim"),
    SWEEP("head", "time", "commit", "record", "task", "rules", "sweep_leases", "sweep"),
    PRUNE("head", "time", "commit", "record", "task", "walk", "prune"),
    ACQUIRE_LEASE("head", "time", "commit", "on_lease", "acquire_lease"),
    RENEW_LEASE("head", "time", "commit", "on_lease", "renew_lease"),
    RELEASE_LEASE("head", "time", "commit", "on_lease", "release_lease"),
    MIRROR("head", "time", "commit", "record", "task", "mirror"),
    MOVE_GATE("head", "still", "commit", "move_gate"),
    ACKNOWLEDGE("head", "still", "commit", "acknowledge"),
    LIST("read_head", "record", "walk", "filter", "list"),
    COUNT("read_head", "record", "walk", "filter", "count"),
    COUNT_RANGE("read_head", "count_range"),
    CHANGES("read_head", "record", "changes"),
    SCAN("read_head", "walk", "scan"),
    OUTBOX("read_head", "record", "outbox"),
    ACCEPT("read_head", "accept");

    private static final byte[] KEYS = {'3'};
    private static final byte[] KEYS_WITH_OUTBOX = {'4'};

    private final byte[] source;
    private final byte[] sha;

    Script(String... parts) {
        this.source = ScriptText.of(parts).getBytes(StandardCharsets.UTF_8);
        this.sha = sha1(source).getBytes(StandardCharsets.US_ASCII);
    }

    private static String sha1(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether it is always about the outbox. */
    boolean needsOutbox() {
        return this == MOVE_GATE || this == ACKNOWLEDGE || this == OUTBOX;
    }

    /**
     * One run of a script.
     *
     * @param namesOutbox whether the outbox is among its keys. While a slot moves, a cluster's nodes refuse all that
     *     names a key which is not there, so it is named only for a namespace that has one
     */
    record Run(Script script, boolean namesOutbox, List<byte[]> arguments) {
        /** By the name that the server knows it by. */
        Request bySha(Space space) {
            return with(Request.cmd(Command.EVALSHA).arg(script.sha), space);
        }

        /** By its text, after which the server knows it. */
        Request byText(Space space) {
            return with(Request.cmd(Command.EVAL).arg(script.source), space);
        }

        private Request with(Request request, Space space) {
            request.arg(namesOutbox ? KEYS_WITH_OUTBOX : KEYS)
                    .arg(space.records)
                    .arg(space.index)
                    .arg(space.changes);
            if (namesOutbox) {
                request.arg(space.outbox);
            }
            for (byte[] argument : arguments) {
                request.arg(argument);
            }
            return request;
        }
    }

    static Script of(Verb verb) {
        return switch (verb.code()) {
            case 1 -> CREATE;
            case 2 -> UPDATE;
            case 3 -> UPDATE_PART;
            case 4 -> TRANSITION;
            case 5 -> RENEW;
            case 6 -> COMPLETE;
            case 7 -> FAIL;
            case 8 -> RELEASE;
            case 9 -> CANCEL;
            case 10 -> RETRY;
            case 11 -> DELETE;
            case 12 -> CLAIM;
            case 13 -> SWEEP;
            case 14 -> PRUNE;
            case 15 -> ACQUIRE_LEASE;
            case 16 -> RENEW_LEASE;
            case 17 -> RELEASE_LEASE;
            case 18 -> MIRROR;
            case 19 -> MOVE_GATE;
            case 20 -> ACKNOWLEDGE;
            default -> throw new IllegalArgumentException("unknown verb: " + verb);
        };
    }
}
