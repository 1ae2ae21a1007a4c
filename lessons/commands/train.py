"""`digits train`: trains one of the project's networks, says how well it does, and saves it."""

import json

from lessons.commands.arguments import add_data_argument, add_engine_argument, add_json_argument, at_least
from lessons.commands.files import add_force_argument, checked_target, write
from scratch import console, datasets
from scratch.architectures import ARCHITECTURES
from scratch.optimizers import OPTIMIZERS


def configure(parser):
    """Declare the arguments."""
    parser.add_argument("--model", choices=ARCHITECTURES, default="cnn", help="the network (default: cnn)")
    parser.add_argument(
        "--epochs",
        type=at_least(1),
        metavar="N",
        help="passes over the training images (default: 3; of fewer than 10,000 images, 40)",
    )
    parser.add_argument(
        "--batch-size", type=at_least(1), default=128, metavar="N", help="images a step (default: 128)"
    )
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="(default: adam)")
    parser.add_argument(
        "--seed",
        type=at_least(0),
        default=0,
        metavar="N",
        help="decides on the initial weights and the order of the images (default: 0)",
    )
    parser.add_argument(
        "--limit",
        type=at_least(1),
        metavar="N",
        help="use so many training images at most (the test set stays whole)",
    )
    add_engine_argument(parser)
    add_data_argument(parser)
    parser.add_argument(
        "--save",
        metavar="FILE",
        help="write the network to FILE: .keras, .h5, or .weights.h5 for the weights alone; Keras loads them",
    )
    add_force_argument(parser)
    add_json_argument(parser)


def run(args):
    """Train, evaluate on the test images, save, and print the result."""
    target = None if args.save is None else checked_target(args.save, args.force)
    dataset = datasets.load(args.data)

    from scratch.progress import TrainingProgress
    from scratch.trained import Recipe, default_epochs, scaled, train, training_images

    x, y = training_images(dataset, args.limit)
    epochs = args.epochs or default_epochs(len(x))
    recipe = Recipe(args.model, epochs, args.batch_size, args.optimizer, args.seed)
    model = train(recipe, x, y, [TrainingProgress(console=console.err)], args.engine)
    loss, accuracy = model.evaluate(scaled(dataset.x_test), dataset.y_test, batch_size=500)
    if target:
        write(model, target)
    report = {
        "data": dataset.name,
        "title": dataset.title,
        "model": args.model,
        "engine": args.engine,
        "optimizer": args.optimizer,
        "epochs": epochs,
        "batch_size": args.batch_size,
        "seed": args.seed,
        "train_images": len(x),
        "test_images": len(dataset.x_test),
        "parameters": model.count_params(),
        "history": model.history.history,
        "test_loss": loss,
        "test_accuracy": accuracy,
        "saved": str(target) if target else None,
    }
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)


def show(report):
    """Print the result in words."""
    console.say(
        f"{report['title']}: model {report['model']}, {report['parameters']:,} parameters, "
        f"{report['optimizer']}, {report['epochs']} epoch{'s' * (report['epochs'] != 1)} of "
        f"{report['train_images']:,} images, seed {report['seed']}"
    )
    console.say(
        f"Test accuracy {report['test_accuracy']:.2%}, loss {report['test_loss']:.4f} on "
        f"{report['test_images']:,} images"
    )
    if report["saved"]:
        console.say(f"Saved: {report['saved']}, for inputs of pixels / 255")
