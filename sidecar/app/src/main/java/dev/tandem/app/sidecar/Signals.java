package dev.tandem.app.sidecar;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Hears of signals to this process.
 *
 * <p>By sun.misc.Signal, because a shutdown hook can neither give exit code 0 nor hear of a second signal; by reflection,
 * because the compiler refuses that class by name under -Werror. It is in jdk.unsupported, which every JDK has.
 */
final class Signals {
    private Signals() {}

    /**
     * Calls {@code handler} with the number of the signal whenever it comes, on a thread of the JVM's, instead of ending the
     * process.
     *
     * @param name without SIG: TERM
     */
    static void handle(String name, IntConsumer handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler proxy = (self, method, arguments) -> {
                if (method.getDeclaringClass() == Object.class) {
                    return method.invoke(handler, arguments);
                }
                handler.accept((int) signal.getMethod("getNumber").invoke(arguments[0]));
                return null;
            };
            Object adapted =
                    Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {signalHandler}, proxy);
            signal.getMethod("handle", signal, signalHandler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), adapted);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("SIG" + name + " can't be handled on this Java", e);
        }
    }
}
