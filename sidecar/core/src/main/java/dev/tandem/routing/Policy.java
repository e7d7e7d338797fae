package dev.tandem.routing;

import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.Gate.Role;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Who is what for one namespace: which store decides, which one follows, and where reads go.
 *
 * <p>A policy is published by the gates of its stores, which carry it: see docs/decisions/0016.
 *
 * @param epoch its number, above that of every policy that the namespace had before
 * @param source the store that a move begins in; of {@link Phase#SINGLE} the only one
 * @param target the store that a move leads to; null exactly in {@link Phase#SINGLE}
 * @param readPercent in {@link Phase#READ_SWITCHED} the share of tasks whose reads go to the target, by a hash of their ids, 1 to 100;
 *     else 0
 * @param mayLag whether a change is acknowledged before the mirror has it, in the phases that allow it
 */
public record Policy(
        long epoch, Phase phase, String source, @Nullable String target, int readPercent, boolean mayLag) {
    private static final int FORMAT = 1;

    public Policy {
        if (phase.hasMirror() == (target == null) || source.equals(target)) {
            throw new IllegalArgumentException("a policy in " + phase + " can't be of " + source + " and " + target);
        }
        if (phase == Phase.READ_SWITCHED ? readPercent < 1 || readPercent > 100 : readPercent != 0) {
            throw new IllegalArgumentException("reads of " + readPercent + " % can't be switched in " + phase);
        }
    }

    /** That of a namespace which never had another. */
    public static Policy first(String store) {
        return new Policy(0, Phase.SINGLE, store, null, 0, true);
    }

    /** The store that decides. */
    public String authority() {
        return phase == Phase.WRITE_SWITCHED && target != null ? target : source;
    }

    /** The store that follows; null if none does. */
    public @Nullable String mirror() {
        return phase == Phase.WRITE_SWITCHED ? source : target;
    }

    /**
     * The store that follows.
     *
     * @throws IllegalStateException if none does
     */
    public String requireMirror() {
        String mirror = mirror();
        if (mirror == null) {
            throw new IllegalStateException("no mirror: " + this);
        }
        return mirror;
    }

    /** Whether a change is acknowledged only when the mirror has it. */
    public boolean waitsForMirror() {
        return phase.showsOnlyMirrored() || (phase.hasMirror() && !mayLag);
    }

    /** Whether the task or lease of this name is read on the mirror. */
    public boolean readsOnMirror(String name) {
        return phase == Phase.READ_SWITCHED && bucket(name) < readPercent;
    }

    /** Whether everything is read on the mirror. */
    public boolean readsAllOnMirror() {
        return phase == Phase.READ_SWITCHED && readPercent == 100;
    }

    /** Of 100, the same for a name everywhere and for ever: FNV-1a over its characters, mixed once more. */
    static int bucket(String name) {
        int hash = 0x811c9dc5;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x01000193;
        }
        hash ^= hash >>> 16;
        return Integer.remainderUnsigned(hash * 0x7feb352d, 100);
    }

    /** The next one: the same stores in another phase. */
    public Policy to(Phase next, int readPercent) {
        return new Policy(epoch + 1, next, source, target, readPercent, mayLag);
    }

    public Policy withEpoch(long epoch) {
        return new Policy(epoch, phase, source, target, readPercent, mayLag);
    }

    /** Whether a store has a part in it. */
    public boolean isOf(String store) {
        return store.equals(source) || store.equals(target);
    }

    /** The gate of one of its stores under it. */
    public Gate gateOf(String store) {
        if (!isOf(store)) {
            throw new IllegalArgumentException(store + " has no part in " + this);
        }
        return store.equals(authority())
                ? new Gate(epoch, Role.AUTHORITY, mirror() != null, bytes())
                : new Gate(epoch, Role.MIRROR, false, bytes());
    }

    /** The authority's gate while nobody decides: one epoch on, and no policy of that epoch yet. */
    public Gate seal() {
        return new Gate(epoch + 1, Role.SEALED, mirror() != null, bytes());
    }

    /** As gates keep it. */
    Bytes bytes() {
        JsonObject json = new JsonObject()
                .put("v", FORMAT)
                .put("epoch", epoch)
                .put("phase", phase.name())
                .put("source", source);
        if (target != null) {
            json.put("target", target);
        }
        if (readPercent > 0) {
            json.put("readPercent", readPercent);
        }
        return Bytes.of(json.put("mayLag", mayLag).toBuffer().getBytes());
    }

    /**
     * The policy that a gate keeps, of an epoch before the gate's own if it is sealed; null if it keeps none, as the first one.
     *
     * @throws CodecException if it can't be read
     */
    static @Nullable Policy of(Gate gate) {
        if (gate.policy().length() == 0) {
            return null;
        }
        try {
            JsonObject json = new JsonObject(Buffer.buffer(gate.policy().array()));
            if (json.getInteger("v") != FORMAT) {
                throw new CodecException("the policy is in format " + json.getValue("v")
                        + "; this version reads format " + FORMAT + ": use a newer one");
            }
            return new Policy(
                    json.getLong("epoch"),
                    Phase.valueOf(json.getString("phase")),
                    json.getString("source"),
                    json.getString("target"),
                    json.getInteger("readPercent", 0),
                    json.getBoolean("mayLag"));
        } catch (DecodeException | IllegalArgumentException | ClassCastException | NullPointerException e) {
            throw new CodecException("the policy that the gate keeps can't be read (" + e.getMessage() + ")");
        }
    }
}
