# SPDX-License-Identifier: Apache-2.0
# keras_names.py > keras_names.inc: every name that Keras resolves, by noun, and the class or function that it gives.
import keras
from keras.src import activations, constraints, initializers, losses, metrics, optimizers, regularizers

print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* KERAS_NAME(noun, name, class or function of it) in Keras %s; made by keras_names.py. */" % keras.__version__)


def row(noun, name, found):
    print('KERAS_NAME("%s", "%s", "%s")' % (noun, name, found.__name__))


tables = {"activation": activations, "constraint": constraints, "initializer": initializers, "loss": losses, "metric": metrics, "regularizer": regularizers}
for noun, module in tables.items():
    for name, found in sorted(module.ALL_OBJECTS_DICT.items()):
        row(noun, name, found)
for name, found in sorted(optimizers.ALL_OBJECTS_DICT.items()):
    for spelling in sorted({name, found.__name__, name.upper(), name.capitalize()}):  # get() looks at small letters
        row("optimizer", spelling, type(optimizers.get(spelling)) if name in ("adam", "adamw", "rmsprop", "sgd") else found)
row("optimizer", "RMSProp", type(optimizers.get("RMSProp")))
schedules = keras.optimizers.schedules
classes = (
    ("layer", keras.layers, keras.layers.Layer),
    ("callback", keras.callbacks, keras.callbacks.Callback),
    ("schedule", schedules, schedules.LearningRateSchedule),
)
for noun, module, base in classes:
    for name in sorted(dir(module)):
        found = getattr(module, name)
        if isinstance(found, type) and issubclass(found, base):
            row(noun, name, found)
