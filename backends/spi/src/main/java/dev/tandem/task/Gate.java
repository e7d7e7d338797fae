package dev.tandem.task;

/**
 * A store's own record of who it is for a namespace: which policy's calls it serves, and how. Kept per shard, beside the tasks, and
 * checked in the same atomic step as each command: so a change of policy takes effect at one instant, whatever the callers know.
 *
 * @param epoch the policy's number; a command of any other is fenced
 * @param hasOutbox whether what the store decides is kept in its outbox until a mirror has it; not of a mirror
 * @param policy the policy, as those who route write it; a store only keeps it. At most {@link Limits#POLICY_BYTES_MAX}
 */
public record Gate(long epoch, Role role, boolean hasOutbox, Bytes policy) {
    /** That of a namespace which never had another: it is where it is. */
    public static final Gate FIRST = new Gate(0, Role.AUTHORITY, false, Bytes.EMPTY);

    private static final int OUTBOX = 16;

    /** What the store is for the namespace. */
    public enum Role {
        /** It decides. */
        AUTHORITY(1),
        /** It would decide, and takes nothing while what it has goes to the mirror. */
        SEALED(2),
        /** It is given what another store has decided. */
        MIRROR(3);

        private final int code;

        Role(int code) {
            this.code = code;
        }
    }

    public Gate {
        if (hasOutbox && role == Role.MIRROR) {
            throw new IllegalArgumentException("a mirror decides nothing, and so has no outbox");
        }
    }

    /** Role and outbox as the number that stands for them in stored bytes; never reused, never changed. */
    public int code() {
        return role.code + (hasOutbox ? OUTBOX : 0);
    }

    /**
     * The gate of this {@link #code}.
     *
     * @throws CodecException if there is none
     */
    public static Gate ofCode(long epoch, int code, Bytes policy) {
        for (Role role : Role.values()) {
            if (role.code == (code & ~OUTBOX) && (role != Role.MIRROR || code == role.code)) {
                return new Gate(epoch, role, code != role.code, policy);
            }
        }
        throw new CodecException("unknown kind of gate " + code);
    }

    /**
     * Whether a command of an epoch may be applied. Another store's records are taken by an authority, too: a backup is imported
     * so. A mirror is swept only of what it may forget: see {@link Verb.Sweep}.
     */
    public boolean admits(long epoch, Verb verb) {
        if (verb instanceof Verb.MoveGate) {
            return true;
        } else if (epoch != this.epoch) {
            return false;
        } else if (verb instanceof Verb.Acknowledge) {
            return role != Role.MIRROR;
        } else if (verb instanceof Verb.Mirror || verb instanceof Verb.Sweep) {
            return role != Role.SEALED;
        }
        return role == Role.AUTHORITY;
    }
}
