"""The MatConvNet file of a VGG, which lesson 01 opens, checks and writes.

    network   layers and their names                      checked  the checks of a network
    reader    .mat file -> network                        matbytes the bytes of a .mat file
    writer    network -> .mat file                        golden   known numbers and hashes of the real files
    places    where the real file is looked for           weights  look for it, check it, fetch it (with download)
    keras_weights, vgg16                                  networks from the weight files of other packages
"""
